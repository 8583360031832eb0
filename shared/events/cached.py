"""Names of what the API keeps in Redis for a while, and which of them an event makes stale.

The API stores and reads them. The worker's relay drops them before it publishes an event, so that nobody who has heard of
a change can be answered with what was before it.
"""

from shared.events.live import LiveEvent

_MENTIONS = '"conversationId":"', '"contactId":"'


def conversations_key(clinic_id: int | str) -> str:
    """The clinic's lists."""
    return f"conversations:clinic:{clinic_id}"


def detail_key(conversation_id: int | str) -> str:
    """A conversation with its latest messages. Ids are the clinics' own in one sequence, so none is used twice."""
    return f"conversation:{conversation_id}:detail"


def session_key(user_id: int | str) -> str:
    """Whether somebody may speak, and as whom."""
    return f"user:{user_id}:session"


def patient_key(patient_id: int | str) -> str:
    """A contact."""
    return f"patient:{patient_id}:data"


def stale_keys(event: LiveEvent) -> set[str]:
    """What must be dropped before anybody hears of an event. One that is forgotten at once changes nothing."""
    if event.ephemeral:
        return set()
    target, _, target_id = event.channel.partition(":")
    match target:
        case "conversa":
            keys = {detail_key(target_id)}
        case "empresa":
            keys = {conversations_key(target_id)}
        case "atendente":
            keys = {session_key(target_id)}
        case _:
            return set()
    conversation, contact = (_mentioned(event.frame, name) for name in _MENTIONS)
    return keys | {detail_key(i) for i in conversation} | {patient_key(i) for i in contact}


def _mentioned(frame: str, name: str) -> list[str]:
    """The id after a field's name. What people wrote cannot look like it: in JSON their quotes are escaped."""
    _, found, rest = frame.partition(name)
    return [rest.partition('"')[0]] if found else []
