"""A batch's effects: contacts, conversations, messages, changes, lines and what agents are told, or nothing.

Of several clinics at once: most batches are of many, and a statement costs the same for one row and for a hundred. No row is
named without its clinic (`keys`), and row-level security shows the transaction the batch's clinics and no others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from services.queue_worker.effects.actions import PlacedAction, store_actions
from services.queue_worker.effects.changes import (
    Target,
    climb,
    conversations_of,
    keep_changes,
    park_statuses,
    settle,
    target_of,
)
from services.queue_worker.effects.contact_plan import Sighting, heard_address
from services.queue_worker.effects.contacts import (
    Resolution,
    describe_contacts,
    keep_pictures,
    lock_contacts,
    resolve_contacts,
)
from services.queue_worker.effects.conversations import (
    Conversation,
    Summary,
    Wanted,
    add_to_summaries,
    correct_summaries,
    lock_conversations,
    lock_free,
    name_conversations,
    touch,
)
from services.queue_worker.effects.keys import Key
from services.queue_worker.effects.lines import LineChange, record_lines
from services.queue_worker.effects.media_jobs import enqueue_media
from services.queue_worker.effects.merges import merge_contacts, merged_summaries
from services.queue_worker.effects.messages import (
    PlacedMessage,
    Row,
    adopt_echoes,
    attachments_of,
    merge_repeated,
    store_attachments,
    store_messages,
)
from services.queue_worker.effects.presence import presence_events
from services.queue_worker.effects.settling import status_rank
from services.queue_worker.effects.telling import Telling, Told
from services.queue_worker.facts import (
    ActionFact,
    ChangeFact,
    ContactFact,
    Fact,
    Ignored,
    LineFact,
    MessageFact,
    PresenceFact,
    StatusFact,
)
from shared.db.outbox import ClinicEvent, append_events
from shared.db.pool import Connection
from shared.events.cached import contact_change
from shared.events.merged import merge_events

Social = MessageFact | ActionFact | ContactFact
Kind = TypeVar("Kind", bound=Fact)


@dataclass(frozen=True, slots=True)
class Clinic:
    id: int
    zone: str


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A clinic's event and what it says. `channel` where its source also sends replies."""

    clinic: Clinic
    event_id: UUID
    source_id: int
    channel: bool
    facts: tuple[Fact, ...]

    def target(self, provider_id: str) -> Target:
        """A message that the event names."""
        return Target(self.clinic.id, self.source_id, provider_id)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What there is to apply, and whom to tell."""

    interpreted: Sequence[Interpreted]
    telling: Telling

    def facts(self, kind: type[Kind]) -> Iterator[tuple[Interpreted, Kind]]:
        for event in self.interpreted:
            for fact in event.facts:
                if isinstance(fact, kind):
                    yield event, fact


async def apply_facts(connection: Connection, interpreted: Sequence[Interpreted]) -> int:
    """Give facts their effects in the open transaction, which sees the clinics that they are of.

    Returns how many deliveries to clinics' own systems were queued.
    Applying a fact again changes nothing, and the order in which facts come makes no difference to what is stored.
    """
    zones = {event.clinic.id: event.clinic.zone for event in interpreted}
    batch = _Batch(interpreted, Telling(zones, datetime.now(UTC)))
    await _keep_payloads(connection, batch)
    places = await _places(connection, batch)
    told = [
        places.told,
        await _apply_messages(connection, batch, places),
        await _apply_actions(connection, batch, places),
    ]
    opened = [conversation for conversation in places.conversations.values() if conversation.opened]
    summaries = [*map(Summary.of_new, opened), *(summary for part in told for summary in part.summaries)]
    changed = {summary.id: summary for summary in summaries}
    events = [
        *(event for part in told for event in part.events),
        *batch.telling.of_lists(changed.values(), {conversation.id for conversation in opened}),
        *await _apply_lines(connection, batch),
        *await _apply_presence(connection, batch),
    ]
    return await append_events(connection, events)


async def settle_late(connection: Connection, clinics: Iterable[Clinic], targets: set[Target]) -> int:
    """Let messages show changes that were stored while they were, by another transaction; returns how many look different.

    Nobody is waited for: a conversation that somebody holds, perhaps for long, is for the next time, and no other with it.
    """
    if not targets:
        return 0
    conversations = await conversations_of(connection, targets)
    free = await lock_free(connection, set(conversations.values()))
    rows = await settle(connection, {target for target, conversation in conversations.items() if conversation in free})
    telling = Telling({clinic.id: clinic.zone for clinic in clinics}, datetime.now(UTC))
    told = await _tell_changed(connection, telling, rows)
    await append_events(connection, [*told.events, *telling.of_lists(told.summaries, frozenset())])
    return len(rows)


async def _keep_payloads(connection: Connection, batch: _Batch) -> None:
    """Keep what has had no effect yet: an ignored event, and media that came inside its event."""
    kept = [(event.event_id, _ignored(fact)) for event in batch.interpreted for fact in event.facts if _outlives(fact)]
    if kept:
        await connection.execute(
            "UPDATE webhook_events e SET ignored = k.reason, payload = q.payload"
            " FROM unnest(%b::uuid[], %b::text[]) AS k (id, reason) JOIN message_queue q USING (id) WHERE e.id = k.id",
            [[event_id for event_id, _ in kept], [reason for _, reason in kept]],
        )


def _ignored(fact: Fact) -> str | None:
    return fact.reason if isinstance(fact, Ignored) else None


def _outlives(fact: Fact) -> bool:
    if isinstance(fact, MessageFact):
        return any(attachment.metadata.get("inline") for attachment in fact.attachments)
    return isinstance(fact, Ignored) and fact.keep


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a batch's facts belong: the conversation of each contact, the contact of each fact, all of them locked."""

    conversations: Mapping[Key, Conversation]
    contacts: Mapping[int, Key]
    targets: Mapping[Target, Key]
    told: Told

    def of(self, fact: Social) -> int:
        return self.conversations[self.contacts[id(fact)]].id


async def _places(connection: Connection, batch: _Batch) -> _Places:
    social = list(batch.facts(MessageFact | ActionFact | ContactFact))  # type: ignore[arg-type]
    facts = [fact for _, fact in social]
    targets = await conversations_of(connection, _targets(batch))
    sightings = [Sighting(event.clinic.id, fact.party, fact.timestamp) for event, fact in social]
    resolution = await resolve_contacts(connection, sightings) if facts else Resolution([], {}, {})
    spoken = {c for c, fact in zip(resolution.contacts, facts, strict=True) if not isinstance(fact, ContactFact)}
    others = (set(resolution.contacts) | resolution.merges.keys() | set(resolution.merges.values())) - spoken
    if not spoken and not others and not targets:
        return _Places({}, {}, {}, Told())
    conversations = await lock_conversations(connection, Wanted(spoken, others, set(targets.values())))
    contacts = dict(zip(map(id, facts), resolution.contacts, strict=True))
    if others:
        await lock_contacts(connection, spoken | others)
    told = Told()
    if resolution.merges:
        conversations, told = await _merge(connection, batch, resolution.merges, conversations)
    renamed = await _describe(connection, facts, sightings, resolution, conversations)
    listed = await touch(connection, renamed) if renamed else []
    # How many conversations there are is shown of each contact; what else changes of one, its triggers note.
    counted = [one for one in conversations.values() if one.opened and one.contact not in resolution.created]
    events = [*told.events, *((one.clinic_id, contact_change(one.contact_id)) for one in counted)]
    return _Places(conversations, contacts, targets, Told(events, [*told.summaries, *listed]))


def _targets(batch: _Batch) -> set[Target]:
    changes = {event.target(fact.target) for event, fact in batch.facts(ChangeFact)}
    return changes | {event.target(fact.target) for event, fact in batch.facts(StatusFact)}


async def _merge(
    connection: Connection, batch: _Batch, merges: Mapping[Key, Key], conversations: Mapping[Key, Conversation]
) -> tuple[dict[Key, Conversation], Told]:
    remaining, moved = await merge_contacts(connection, merges, conversations)
    summaries = await merged_summaries(connection, moved)
    versions = {summary.id: summary.version for summary in summaries}
    # Whoever took somebody over may be called otherwise now, also where there was no conversation to take over.
    homes = {remaining[into].key for into in merges.values() if into in remaining}
    homes -= {(summary.clinic_id, summary.id) for summary in summaries}
    renamed = await touch(connection, homes) if homes else []
    events = [
        (clinic_id, event)
        for clinic_id, pairs in moved.items()
        for event in merge_events(pairs, versions, clinic_id, batch.telling.zones[clinic_id], batch.telling.now)
    ]
    return remaining, Told(events, [*summaries, *renamed])


async def _describe(
    connection: Connection,
    facts: Sequence[Social],
    sightings: Sequence[Sighting],
    resolution: Resolution,
    conversations: Mapping[Key, Conversation],
) -> set[Key]:
    """Keep what is new about contacts and their conversations' names; returns conversations to be shown otherwise.

    Those in which something was said are shown anew anyway.
    """
    if not facts:
        return set()
    renamed = await describe_contacts(connection, sightings, resolution)
    names: dict[Key, str] = {}
    pictures: dict[Key, tuple[str, datetime]] = {}
    for contact, fact in zip(resolution.contacts, facts, strict=True):
        if fact.party.conversation_ref is not None and contact in conversations:
            names.setdefault(conversations[contact].key, fact.party.conversation_ref)
        if isinstance(fact, ContactFact) and fact.picture_url is not None:
            candidate = fact.picture_url, fact.timestamp
            pictures[contact] = max(pictures.get(contact, candidate), candidate, key=lambda picture: picture[::-1])
    named = await name_conversations(connection, names)
    await keep_pictures(connection, pictures)
    return named | {conversations[contact].key for contact in renamed if contact in conversations}


async def _apply_messages(connection: Connection, batch: _Batch, places: _Places) -> Told:
    """New messages, and whatever is told of these and of older ones."""
    said = [
        PlacedMessage(fact, event.clinic.id, places.of(fact), event.source_id, event.event_id)
        for event, fact in batch.facts(MessageFact)
    ]
    placed = await adopt_echoes(connection, merge_repeated(said)) if said else []
    stored = await store_messages(connection, placed) if placed else []
    known = {*places.targets, *(one.target for one in placed)}
    changed = await _apply_changes(connection, batch, known, stored)
    rows = {row["id"]: row for row in (*stored, *changed)}
    new = [rows[row["id"]] | {"inserted": True} for row in stored if row["inserted"] or row["awakened"]]
    files = await store_attachments(connection, [row for row in stored if row["inserted"]], placed)
    await enqueue_media(connection, stored, files, _bringers(batch))
    channels = {event.source_id for event in batch.interpreted if event.channel}
    spoken_under = {(one.source_id, one.fact.provider_id): heard_address(one.fact.party) for one in placed}
    addresses = {row["id"]: spoken_under.get((row["source_id"], row["provider_id"])) for row in new}
    summaries = await add_to_summaries(connection, new, channels, addresses) if new else []
    fresh = {row["id"] for row in new}
    told = await _tell_changed(connection, batch.telling, [row for key, row in rows.items() if key not in fresh])
    loud = [row for row in new if not row["quiet"]]
    events = [*batch.telling.of_messages(loud, files), *told.events, *batch.telling.of_news(loud, summaries)]
    return Told(events, [*summaries, *told.summaries])


def _bringers(batch: _Batch) -> dict[tuple[int, str], UUID]:
    """The first event that tells of each message: its files are the ones that are stored."""
    told = [((event.source_id, fact.provider_id), event.event_id) for event, fact in batch.facts(MessageFact)]
    return dict(reversed(told))


async def _apply_changes(connection: Connection, batch: _Batch, known: set[Target], stored: Sequence[Row]) -> list[Row]:
    """Statuses and changes, of what is stored and of what is not yet; returns the messages that look different now."""
    statuses = _highest_statuses(batch)
    climbed = await climb(connection, {t: fact for t, fact in statuses.items() if t in known})
    await park_statuses(connection, {t: fact for t, fact in statuses.items() if t not in known})
    changes = (((event.clinic.id, event.source_id), fact) for event, fact in batch.facts(ChangeFact))
    kept = await keep_changes(connection, changes)
    awaited = {target_of(row) for row in stored if row["awaited"]}
    settled = await settle(connection, awaited | (kept & known))
    return [*climbed, *settled]


def _highest_statuses(batch: _Batch) -> dict[Target, StatusFact]:
    highest: dict[Target, StatusFact] = {}
    for event, fact in batch.facts(StatusFact):
        target = event.target(fact.target)
        highest[target] = max(highest.get(target, fact), fact, key=_height)
    return highest


def _height(fact: StatusFact) -> tuple[int, float]:
    return status_rank(fact.status), -fact.timestamp.timestamp()


async def _tell_changed(connection: Connection, telling: Telling, rows: Sequence[Row]) -> Told:
    """What is told of messages that were there before and look different now."""
    if not rows:
        return Told()
    files = await attachments_of(connection, rows)
    summaries = await correct_summaries(connection, rows)
    return Told(telling.of_messages([row | {"inserted": False} for row in rows], files), summaries)


async def _apply_actions(connection: Connection, batch: _Batch, places: _Places) -> Told:
    placed = [
        PlacedAction(fact, event.clinic.id, places.of(fact), event.source_id, event.event_id)
        for event, fact in batch.facts(ActionFact)
    ]
    if not placed:
        return Told()
    rows = await store_actions(connection, placed)
    summaries = await touch(connection, {(row["clinic_id"], row["conversation_id"]) for row in rows})
    return Told(batch.telling.of_actions(rows, summaries), summaries)


async def _apply_lines(connection: Connection, batch: _Batch) -> list[ClinicEvent]:
    changes = [
        LineChange(event.clinic.id, event.event_id, event.source_id, fact) for event, fact in batch.facts(LineFact)
    ]
    return await record_lines(connection, batch.telling.zones, changes, batch.telling.now)


async def _apply_presence(connection: Connection, batch: _Batch) -> list[ClinicEvent]:
    seen = [(event.clinic.id, fact) for event, fact in batch.facts(PresenceFact)]
    return await presence_events(connection, seen, batch.telling.now)
