"""Names of what the API keeps in Redis for a while, and which of them an event makes stale.

The API stores and reads them. The worker's relay drops them before it publishes an event, so that nobody who has heard of
a change can be answered with what was before it.
"""

from shared.events.live import LiveEvent

# Of a contact that is another now: a row in the outbox that nobody is told, most of them by the contacts' triggers.
CONTACT_CHANNEL = "contato"
_CONVERSATIONS = '"conversationId":"', '"conversation_id":"', '"mergedInto":"'
_CONTACTS = ('"contact_id":"',)
# Lists show neither how far a message got nor its files; another text they may.
_SAME_TEXT = '"edited_at":null', '"deleted_at":null'


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


def stale_keys(event: LiveEvent, clinic_id: int) -> set[str]:
    """What must be dropped before anybody hears of an event. One that is forgotten at once changes nothing.

    Of what one transaction tells, some may be heard before the rest is published: each event drops all that clients may ask
    for because of it, also what another event of that transaction names.
    """
    target, _, target_id = event.channel.partition(":")
    if event.ephemeral:
        return set()
    if target == CONTACT_CHANNEL:
        return {patient_key(target_id), *event.stale}
    conversations = _mentioned(event.frame, _CONVERSATIONS)
    keys = (
        {*event.stale}
        | {detail_key(i) for i in conversations}
        | {patient_key(i) for i in _mentioned(event.frame, _CONTACTS)}
    )
    match target:
        case "conversa":
            keys.add(detail_key(target_id))
        case "atendente":
            keys.add(session_key(target_id))
        case "presence":
            return set()
    return keys | ({conversations_key(clinic_id)} if _is_listed(event, target, conversations) else set())


def contact_change(contact_id: int) -> LiveEvent:
    """That a contact is shown otherwise now, for what the API keeps of it."""
    return LiveEvent(f"{CONTACT_CHANNEL}:{contact_id}", '{"type":"contact:changed"}')


def is_told(event: LiveEvent) -> bool:
    """Whether somebody hears of an event; else it is there for what it makes stale."""
    return not event.channel.startswith(f"{CONTACT_CHANNEL}:")


def _is_listed(event: LiveEvent, target: str, conversations: list[str]) -> bool:
    """Whether the clinic's lists may look different after it."""
    if target == "atendente":
        return bool(conversations)
    if not event.frame.startswith('{"type":"message:updated"'):
        return True
    return not all(mark in event.frame for mark in _SAME_TEXT)


def _mentioned(frame: str, names: tuple[str, ...]) -> list[str]:
    """The id after each field's name. What people wrote cannot look like it: in JSON their quotes are escaped."""
    found = (frame.partition(name) for name in names)
    return [rest.partition('"')[0] for _, name, rest in found if name]
