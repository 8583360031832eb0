"""A batch's effects on one clinic: contacts, conversations, messages, actions and what agents are told, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.queue_worker.effects.actions import PlacedAction, store_actions
from services.queue_worker.effects.contacts import Sighting, describe_contacts, resolve_contacts
from services.queue_worker.effects.conversations import (
    Conversation,
    Summary,
    add_to_summaries,
    correct_summaries,
    lock_conversations,
    touch,
)
from services.queue_worker.effects.live import action_events, list_events, message_events
from services.queue_worker.effects.messages import (
    PlacedMessage,
    adopt_echoes,
    attachments_of,
    merge_repeated,
    store_attachments,
    store_messages,
)
from services.queue_worker.facts import ActionFact, Fact, Ignored, MessageFact
from shared.db.outbox import append_outbox
from shared.db.pool import Connection
from shared.events.live import LiveEvent


@dataclass(frozen=True, slots=True)
class Interpreted:
    """An event and what it says. `channel` where its source also sends replies."""

    event_id: UUID
    source_id: int
    channel: bool
    fact: Fact


@dataclass(frozen=True, slots=True)
class Clinic:
    id: int
    zone: str


async def apply_facts(connection: Connection, clinic: Clinic, interpreted: Sequence[Interpreted]) -> None:
    """Give facts their effects in the open transaction of that clinic.

    Applying a fact again changes nothing, and the order in which facts come makes no difference to what is stored.
    """
    await _keep_payloads(connection, interpreted)
    effective = [event for event in interpreted if not isinstance(event.fact, Ignored)]
    if not effective:
        return
    conversations = await _conversations(connection, clinic, effective)
    now = datetime.now(UTC)
    said, heard_in = await _apply_messages(connection, clinic, effective, conversations, now)
    done, touched = await _apply_actions(connection, clinic, effective, conversations, now)
    opened = {conversation.id for conversation in conversations if conversation.opened}
    changed = {summary.id: summary for summary in (*map(Summary.of_new, opened), *heard_in, *touched)}
    listed = list_events(changed.values(), opened, clinic.id, clinic.zone, now)
    await append_outbox(connection, clinic.id, [*said, *done, *listed])


async def _keep_payloads(connection: Connection, interpreted: Sequence[Interpreted]) -> None:
    """Keep what has had no effect yet: an ignored event, and media that came inside its event."""
    kept = [(event.event_id, _ignored(event.fact)) for event in interpreted if _outlives_its_effect(event.fact)]
    if kept:
        await connection.execute(
            "UPDATE webhook_events e SET ignored = k.reason, payload = q.payload"
            " FROM unnest(%b::uuid[], %b::text[]) AS k (id, reason) JOIN message_queue q USING (id) WHERE e.id = k.id",
            [[event_id for event_id, _ in kept], [reason for _, reason in kept]],
        )


def _ignored(fact: Fact) -> str | None:
    return fact.reason if isinstance(fact, Ignored) else None


def _outlives_its_effect(fact: Fact) -> bool:
    if isinstance(fact, MessageFact):
        return any(attachment.metadata.get("inline") for attachment in fact.attachments)
    return isinstance(fact, Ignored)


async def _conversations(
    connection: Connection, clinic: Clinic, effective: Sequence[Interpreted]
) -> list[Conversation]:
    """The conversation of each event."""
    facts = [event.fact for event in effective if not isinstance(event.fact, Ignored)]
    sightings = [Sighting(fact.party, fact.timestamp) for fact in facts]
    resolution = await resolve_contacts(connection, clinic.id, sightings)
    references: dict[int, str | None] = {}
    for contact, fact in zip(resolution.contacts, facts, strict=True):
        references[contact] = references.get(contact) or fact.party.conversation_ref
    by_contact = await lock_conversations(connection, clinic.id, references)
    await describe_contacts(connection, clinic.id, sightings, resolution)
    return [by_contact[contact] for contact in resolution.contacts]


async def _apply_messages(
    connection: Connection,
    clinic: Clinic,
    effective: Sequence[Interpreted],
    conversations: Sequence[Conversation],
    now: datetime,
) -> tuple[list[LiveEvent], list[Summary]]:
    placed = merge_repeated(
        [
            PlacedMessage(event.fact, conversation.id, event.source_id)
            for event, conversation in zip(effective, conversations, strict=True)
            if isinstance(event.fact, MessageFact)
        ]
    )
    if not placed:
        return [], []
    placed = await adopt_echoes(connection, clinic.id, placed)
    rows = await store_messages(connection, clinic.id, placed)
    inserted = [row for row in rows if row["inserted"]]
    attachments = await store_attachments(connection, clinic.id, inserted, placed)
    channels = {event.source_id for event in effective if event.channel}
    summaries = await add_to_summaries(connection, clinic.id, inserted, channels) if inserted else []
    if changed := [row for row in rows if not row["inserted"]]:
        attachments |= await attachments_of(connection, clinic.id, [row["id"] for row in changed])
        summaries += await correct_summaries(connection, clinic.id, changed)
    return list(message_events(rows, attachments, clinic.zone, now)), summaries


async def _apply_actions(
    connection: Connection,
    clinic: Clinic,
    effective: Sequence[Interpreted],
    conversations: Sequence[Conversation],
    now: datetime,
) -> tuple[list[LiveEvent], list[Summary]]:
    placed = [
        PlacedAction(event.fact, conversation.id, event.source_id)
        for event, conversation in zip(effective, conversations, strict=True)
        if isinstance(event.fact, ActionFact)
    ]
    if not placed:
        return [], []
    rows = await store_actions(connection, clinic.id, placed)
    summaries = await touch(connection, clinic.id, sorted({row["conversation_id"] for row in rows}))
    versions = {summary.id: summary.version for summary in summaries}
    return list(action_events(rows, versions, clinic.zone, now)), summaries
