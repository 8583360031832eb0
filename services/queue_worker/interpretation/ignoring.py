"""All that is understood and has no effect, each with its reason. docs/events.md says of each what stands behind it."""

from collections.abc import Mapping
from dataclasses import replace

from services.queue_worker.facts import Ignored

# Whose chats a source does not take part in; sources can be told to.
GROUP = Ignored("group")
STATUS_BROADCAST = Ignored("status_broadcast")
NEWSLETTER = Ignored("newsletter")
# Nobody's conversation, whatever a source takes part in.
BOT = Ignored("bot")
BROADCAST_LIST = Ignored("broadcast_list")

REACTION_WITHOUT_TARGET = Ignored("reaction_without_target")
EDIT_WITHOUT_TARGET = Ignored("edit_without_target")
EDIT_WITHOUT_CONTENT = Ignored("edit_without_content")
DELETION_WITHOUT_TARGET = Ignored("deletion_without_target")
VOTE_WITHOUT_TARGET = Ignored("vote_without_target")
VOTE_ENCRYPTED = Ignored("vote_encrypted")
VOTE_WITHOUT_VOTER = Ignored("vote_without_voter")
PROTOCOL_MESSAGE = Ignored("protocol_message")
TIMER_WITHOUT_CHAT = Ignored("timer_without_chat")

STATUS_MISSING = Ignored("status_missing")
STATUS_UNKNOWN = Ignored("status_unknown")
DELETION_NOT_TRUSTED = Ignored("deletion_not_trusted")

CONTACT_WITHOUT_ADDRESS = Ignored("contact_without_address")
# They come with every message and say nothing: kept, they would double what is stored.
CONTACT_WITHOUT_NEWS = Ignored("contact_without_news", keep=False)
CHAT_STATE = Ignored("chat_state", keep=False)
CHAT_DELETED = Ignored("chat_deleted_on_phone")
GROUP_WITHOUT_SUBJECT = Ignored("group_without_subject")
PRESENCE_UNKNOWN = Ignored("presence_unknown", keep=False)
CALL_SIGNALLING = Ignored("call_signalling", keep=False)
LABEL_EDITED = Ignored("label_edited")

API_ERROR = Ignored("api_error")
CHAMA_AI = Ignored("chama_ai_action")
HISTORY_PROGRESS = Ignored("history_progress")
EMPTY_LIST = Ignored("empty_list")
# Who reads what they hold can take over the line, or the server.
TOKEN = Ignored("token", keep=False)
UNREADABLE_SECRET = Ignored("unreadable_secret", keep=False)

# Kinds of message that change or serve another one, and say nothing that can be read.
SILENT: Mapping[str, Ignored] = {
    "encReactionMessage": Ignored("enc_reaction_message"),
    "secretEncryptedMessage": Ignored("secret_encrypted_message"),
    "pinInChatMessage": Ignored("pin_in_chat_message"),
    "keepInChatMessage": Ignored("keep_in_chat_message"),
    "encEventResponseMessage": Ignored("enc_event_response_message"),
    "encCommentMessage": Ignored("enc_comment_message"),
    "stickerSyncRmrMessage": Ignored("sticker_sync_rmr_message"),
    "senderKeyDistributionMessage": Ignored("sender_key_distribution_message"),
    "fastRatchetKeySenderKeyDistributionMessage": Ignored("fast_ratchet_key_sender_key_distribution_message"),
}


def unkept(ignored: Ignored) -> Ignored:
    """The same, of an event that comes so often, and is over so soon, that nobody would look for it."""
    return replace(ignored, keep=False)
