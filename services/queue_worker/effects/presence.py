"""The patient is typing: told to who has the conversation open, stored nowhere."""

from collections.abc import Collection, Sequence
from datetime import datetime

from services.queue_worker.effects.contact_plan import Identity
from services.queue_worker.effects.keys import Key, columns
from services.queue_worker.facts import PresenceFact
from shared.db.outbox import ClinicEvent
from shared.db.pool import Connection
from shared.events.live import LiveEvent, live_event

# WhatsApp repeats it while somebody types; what is older says nothing about now.
FRESH_SECONDS = 10.0
_TYPING = ("composing", "recording")


async def presence_events(
    connection: Connection, facts: Sequence[tuple[int, PresenceFact]], now: datetime
) -> list[ClinicEvent]:
    """`conversation:typing` for each chat that is a conversation, where what a clinic was told is still true."""
    fresh = [(clinic, fact) for clinic, fact in facts if (now - fact.timestamp).total_seconds() <= FRESH_SECONDS]
    if not fresh:
        return []
    found = await _conversations(connection, {name for clinic, fact in fresh for name in _names(clinic, fact)})
    last: dict[Key, tuple[str, PresenceFact]] = {}
    for clinic, fact in fresh:
        known = [found[name] for name in _names(clinic, fact) if name in found]
        if known:
            conversation, called = known[0]
            last[clinic, conversation] = called, fact
    return [(clinic, _typing(chat, called, fact, now)) for (clinic, chat), (called, fact) in last.items()]


def _names(clinic: int, fact: PresenceFact) -> list[Identity]:
    return [Identity(clinic, address.kind, address.value) for address in fact.addresses]


async def _conversations(connection: Connection, names: Collection[Identity]) -> dict[Identity, tuple[int, str]]:
    """The conversation of whoever is called so, and how we call them."""
    cursor = await connection.execute(
        "SELECT i.clinic_id, i.kind, i.value, v.id, c.name"
        " FROM unnest(%b::bigint[], %b::text[], %b::text[]) AS a (clinic_id, kind, value)"
        " JOIN contact_identities i USING (clinic_id, kind, value)"
        " JOIN contacts c ON c.clinic_id = i.clinic_id AND c.id = i.contact_id"
        " JOIN conversations v ON v.clinic_id = c.clinic_id AND v.contact_id = c.id",
        columns(names, 3),
    )
    rows = await cursor.fetchall()
    return {Identity(row["clinic_id"], row["kind"], row["value"]): (row["id"], row["name"]) for row in rows}


def _typing(conversation_id: int, name: str, fact: PresenceFact, now: datetime) -> LiveEvent:
    participant = fact.participant[0].value if fact.participant else None
    data = {
        "conversation_id": str(conversation_id),
        "user": {"id": None, "name": name if participant is None else participant, "kind": "patient"},
        "typing": fact.state in _TYPING,
        "state": fact.state,
    }
    return live_event("conversation:typing", "conversa", conversation_id, data, now, ephemeral=True)
