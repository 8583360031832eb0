"""The patient is typing: told to who has the conversation open, stored nowhere."""

from collections.abc import Sequence
from datetime import datetime

from services.queue_worker.facts import PresenceFact
from shared.db.pool import Connection
from shared.events.live import LiveEvent, live_event

# WhatsApp repeats it while somebody types; what is older says nothing about now.
FRESH_SECONDS = 10.0
_TYPING = ("composing", "recording")


async def presence_events(
    connection: Connection, clinic_id: int, facts: Sequence[PresenceFact], now: datetime
) -> list[LiveEvent]:
    """`conversation:typing` for each chat that is a conversation, where what was seen is still true."""
    fresh = [fact for fact in facts if (now - fact.timestamp).total_seconds() <= FRESH_SECONDS]
    if not fresh:
        return []
    addresses = {(address.kind, address.value) for fact in fresh for address in fact.addresses}
    cursor = await connection.execute(
        "SELECT i.kind, i.value, v.id, c.name FROM unnest(%b::text[], %b::text[]) AS a (kind, value)"
        " JOIN contact_identities i USING (kind, value) JOIN contacts c ON c.clinic_id = i.clinic_id AND c.id = i.contact_id"
        " JOIN conversations v ON v.clinic_id = c.clinic_id AND v.contact_id = c.id WHERE i.clinic_id = %s",
        [[kind for kind, _ in addresses], [value for _, value in addresses], clinic_id],
    )
    found = {(row["kind"], row["value"]): (row["id"], row["name"]) for row in await cursor.fetchall()}
    last: dict[int, tuple[str, PresenceFact]] = {}
    for fact in fresh:
        known = [found[name] for address in fact.addresses if (name := (address.kind, address.value)) in found]
        if known:
            last[known[0][0]] = known[0][1], fact
    return [_typing(conversation, name, fact, now) for conversation, (name, fact) in last.items()]


def _typing(conversation_id: int, name: str, fact: PresenceFact, now: datetime) -> LiveEvent:
    participant = fact.participant[0].value if fact.participant else None
    data = {
        "conversation_id": str(conversation_id),
        "user": {"id": None, "name": name if participant is None else participant, "kind": "patient"},
        "typing": fact.state in _TYPING,
        "state": fact.state,
    }
    return live_event("conversation:typing", "conversa", conversation_id, data, now, ephemeral=True)
