"""A batch's effects on one clinic: contacts, conversations, messages, changes, lines and what agents are told, or nothing."""

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
)
from services.queue_worker.effects.contact_plan import heard_address
from services.queue_worker.effects.contacts import (
    Resolution,
    Sighting,
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
    name_conversations,
    touch,
)
from services.queue_worker.effects.lines import LineChange, record_lines
from services.queue_worker.effects.live import action_events, list_events, message_events, notifications
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
from shared.db.outbox import append_outbox
from shared.db.pool import Connection
from shared.events.cached import contact_change
from shared.events.live import LiveEvent
from shared.events.merged import merge_events

Social = MessageFact | ActionFact | ContactFact
Kind = TypeVar("Kind", bound=Fact)


@dataclass(frozen=True, slots=True)
class Interpreted:
    """An event and what it says. `channel` where its source also sends replies."""

    event_id: UUID
    source_id: int
    channel: bool
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Clinic:
    id: int
    zone: str


@dataclass(frozen=True, slots=True)
class _Told:
    """What agents are told: events, and conversations whose list entry is another now."""

    events: Sequence[LiveEvent] = ()
    summaries: Sequence[Summary] = ()


async def apply_facts(connection: Connection, clinic: Clinic, interpreted: Sequence[Interpreted]) -> None:
    """Give facts their effects in the open transaction of that clinic.

    Applying a fact again changes nothing, and the order in which facts come makes no difference to what is stored.
    """
    await _keep_payloads(connection, interpreted)
    now = datetime.now(UTC)
    places = await _places(connection, clinic, interpreted, now)
    told = [
        places.told,
        await _apply_messages(connection, clinic, interpreted, places, now),
        await _apply_actions(connection, clinic, interpreted, places, now),
    ]
    lines = [LineChange(event.event_id, event.source_id, fact) for event, fact in _facts(interpreted, LineFact)]
    seen = [fact for _, fact in _facts(interpreted, PresenceFact)]
    opened = {conversation.id for conversation in places.conversations.values() if conversation.opened}
    summaries = [*map(Summary.of_new, opened), *(summary for part in told for summary in part.summaries)]
    changed = {summary.id: summary for summary in summaries}
    events = [
        *(event for part in told for event in part.events),
        *list_events(changed.values(), opened, clinic.id, clinic.zone, now),
        *await record_lines(connection, clinic.id, clinic.zone, lines, now),
        *await presence_events(connection, clinic.id, seen, now),
    ]
    await append_outbox(connection, clinic.id, events)


async def settle_late(connection: Connection, clinic: Clinic, targets: set[Target]) -> int:
    """Let messages show changes that were stored while they were, by another transaction; returns how many look different."""
    if not targets:
        return 0
    conversations = await conversations_of(connection, clinic.id, targets)
    await lock_conversations(connection, clinic.id, Wanted(frozenset(), ids=set(conversations.values())))
    rows = await settle(connection, clinic.id, set(conversations))
    now = datetime.now(UTC)
    told = await _tell_changed(connection, clinic, rows, now)
    listed = list_events(told.summaries, set(), clinic.id, clinic.zone, now)
    await append_outbox(connection, clinic.id, [*told.events, *listed])
    return len(rows)


def _facts(interpreted: Iterable[Interpreted], kind: type[Kind]) -> Iterator[tuple[Interpreted, Kind]]:
    for event in interpreted:
        for fact in event.facts:
            if isinstance(fact, kind):
                yield event, fact


async def _keep_payloads(connection: Connection, interpreted: Sequence[Interpreted]) -> None:
    """Keep what has had no effect yet: an ignored event, and media that came inside its event."""
    kept = [(event.event_id, _ignored(fact)) for event in interpreted for fact in event.facts if _outlives(fact)]
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

    conversations: Mapping[int, Conversation]
    contacts: Mapping[int, int]
    targets: Mapping[Target, int]
    told: _Told

    def of(self, fact: Social) -> int:
        return self.conversations[self.contacts[id(fact)]].id


async def _places(connection: Connection, clinic: Clinic, interpreted: Sequence[Interpreted], now: datetime) -> _Places:
    facts = [fact for _, fact in _facts(interpreted, MessageFact | ActionFact | ContactFact)]  # type: ignore[arg-type]
    targets = await conversations_of(connection, clinic.id, _targets(interpreted))
    sightings = [Sighting(fact.party, fact.timestamp) for fact in facts]
    resolution = await resolve_contacts(connection, clinic.id, sightings) if facts else Resolution([], {}, {})
    spoken = {c for c, fact in zip(resolution.contacts, facts, strict=True) if not isinstance(fact, ContactFact)}
    others = (set(resolution.contacts) | resolution.merges.keys() | set(resolution.merges.values())) - spoken
    if not spoken and not others and not targets:
        return _Places({}, {}, {}, _Told())
    conversations = await lock_conversations(connection, clinic.id, Wanted(spoken, others, set(targets.values())))
    contacts = dict(zip(map(id, facts), resolution.contacts, strict=True))
    if others:
        await lock_contacts(connection, clinic.id, spoken | others)
    told = _Told()
    if resolution.merges:
        conversations, told = await _merge(connection, clinic, resolution.merges, conversations, now)
    renamed = await _describe(connection, clinic, facts, sightings, resolution, conversations)
    listed = await touch(connection, clinic.id, sorted(renamed)) if renamed else []
    # How many conversations there are is shown of each contact; what else changes of one, its triggers note.
    counted = [
        one.contact_id for one in conversations.values() if one.opened and one.contact_id not in resolution.created
    ]
    events = [*told.events, *map(contact_change, counted)]
    return _Places(conversations, contacts, targets, _Told(events, [*told.summaries, *listed]))


def _targets(interpreted: Sequence[Interpreted]) -> set[Target]:
    changes = {Target(event.source_id, fact.target) for event, fact in _facts(interpreted, ChangeFact)}
    return changes | {Target(event.source_id, fact.target) for event, fact in _facts(interpreted, StatusFact)}


async def _merge(
    connection: Connection,
    clinic: Clinic,
    merges: Mapping[int, int],
    conversations: Mapping[int, Conversation],
    now: datetime,
) -> tuple[dict[int, Conversation], _Told]:
    remaining, moved = await merge_contacts(connection, clinic.id, merges, conversations)
    summaries = await merged_summaries(connection, clinic.id, moved)
    versions = {summary.id: summary.version for summary in summaries}
    # Whoever took somebody over may be called otherwise now, also where there was no conversation to take over.
    homes = {remaining[into].id for into in merges.values() if into in remaining} - set(versions)
    renamed = await touch(connection, clinic.id, sorted(homes)) if homes else []
    events = merge_events(moved, versions, clinic.id, clinic.zone, now)
    return remaining, _Told(events, [*summaries, *renamed])


async def _describe(
    connection: Connection,
    clinic: Clinic,
    facts: Sequence[Social],
    sightings: Sequence[Sighting],
    resolution: Resolution,
    conversations: Mapping[int, Conversation],
) -> set[int]:
    """Keep what is new about contacts and their conversations' names; returns conversations to be shown otherwise.

    Those in which something was said are shown anew anyway.
    """
    if not facts:
        return set()
    renamed = await describe_contacts(connection, clinic.id, sightings, resolution)
    names: dict[int, str] = {}
    pictures: dict[int, tuple[str, datetime]] = {}
    for contact, fact in zip(resolution.contacts, facts, strict=True):
        if fact.party.conversation_ref is not None and contact in conversations:
            names.setdefault(conversations[contact].id, fact.party.conversation_ref)
        if isinstance(fact, ContactFact) and fact.picture_url is not None:
            candidate = fact.picture_url, fact.timestamp
            pictures[contact] = max(pictures.get(contact, candidate), candidate, key=lambda picture: picture[::-1])
    named = await name_conversations(connection, clinic.id, names)
    await keep_pictures(connection, clinic.id, pictures)
    return named | {conversations[contact].id for contact in renamed if contact in conversations}


async def _apply_messages(
    connection: Connection, clinic: Clinic, interpreted: Sequence[Interpreted], places: _Places, now: datetime
) -> _Told:
    """New messages, and whatever is told of these and of older ones."""
    said = [
        PlacedMessage(fact, places.of(fact), event.source_id, event.event_id)
        for event, fact in _facts(interpreted, MessageFact)
    ]
    placed = await adopt_echoes(connection, clinic.id, merge_repeated(said)) if said else []
    stored = await store_messages(connection, clinic.id, placed) if placed else []
    known = {*places.targets, *(Target(message.source_id, message.fact.provider_id) for message in placed)}
    changed = await _apply_changes(connection, clinic, interpreted, known, stored)
    rows = {row["id"]: row for row in (*stored, *changed)}
    new = [rows[row["id"]] | {"inserted": True} for row in stored if row["inserted"] or row["awakened"]]
    files = await store_attachments(connection, clinic.id, [row for row in stored if row["inserted"]], placed)
    await enqueue_media(connection, clinic.id, stored, files, _bringers(interpreted))
    channels = {event.source_id for event in interpreted if event.channel}
    spoken_under = {(one.source_id, one.fact.provider_id): heard_address(one.fact.party) for one in placed}
    addresses = {row["id"]: spoken_under.get((row["source_id"], row["provider_id"])) for row in new}
    summaries = await add_to_summaries(connection, clinic.id, new, channels, addresses) if new else []
    fresh = {row["id"] for row in new}
    told = await _tell_changed(connection, clinic, [row for key, row in rows.items() if key not in fresh], now)
    loud = [row for row in new if not row["quiet"]]
    events = [*message_events(loud, files, clinic.zone, now), *told.events]
    events += notifications(loud, summaries, clinic.zone, now)
    return _Told(events, [*summaries, *told.summaries])


def _bringers(interpreted: Sequence[Interpreted]) -> dict[tuple[int, str], UUID]:
    """The first event that tells of each message: its files are the ones that are stored."""
    told = [((event.source_id, fact.provider_id), event.event_id) for event, fact in _facts(interpreted, MessageFact)]
    return dict(reversed(told))


async def _apply_changes(
    connection: Connection,
    clinic: Clinic,
    interpreted: Sequence[Interpreted],
    known: set[Target],
    stored: Sequence[Row],
) -> list[Row]:
    """Statuses and changes, of what is stored and of what is not yet; returns the messages that look different now."""
    statuses = _highest_statuses(interpreted)
    climbed = await climb(connection, clinic.id, {t: fact for t, fact in statuses.items() if t in known})
    await park_statuses(connection, clinic.id, {t: fact for t, fact in statuses.items() if t not in known})
    changes = ((event.source_id, fact) for event, fact in _facts(interpreted, ChangeFact))
    kept = await keep_changes(connection, clinic.id, changes)
    awaited = {Target(row["source_id"], row["provider_id"]) for row in stored if row["awaited"]}
    settled = await settle(connection, clinic.id, awaited | (kept & known))
    return [*climbed, *settled]


def _highest_statuses(interpreted: Sequence[Interpreted]) -> dict[Target, StatusFact]:
    highest: dict[Target, StatusFact] = {}
    for event, fact in _facts(interpreted, StatusFact):
        target = Target(event.source_id, fact.target)
        highest[target] = max(highest.get(target, fact), fact, key=_height)
    return highest


def _height(fact: StatusFact) -> tuple[int, float]:
    return status_rank(fact.status), -fact.timestamp.timestamp()


async def _tell_changed(connection: Connection, clinic: Clinic, rows: Sequence[Row], now: datetime) -> _Told:
    """What is told of messages that were there before and look different now."""
    if not rows:
        return _Told()
    files = await attachments_of(connection, clinic.id, [row["id"] for row in rows])
    summaries = await correct_summaries(connection, clinic.id, rows)
    events = [*message_events([row | {"inserted": False} for row in rows], files, clinic.zone, now)]
    return _Told(events, summaries)


async def _apply_actions(
    connection: Connection, clinic: Clinic, interpreted: Sequence[Interpreted], places: _Places, now: datetime
) -> _Told:
    placed = [
        PlacedAction(fact, places.of(fact), event.source_id, event.event_id)
        for event, fact in _facts(interpreted, ActionFact)
    ]
    if not placed:
        return _Told()
    rows = await store_actions(connection, clinic.id, placed)
    summaries = await touch(connection, clinic.id, sorted({row["conversation_id"] for row in rows}))
    versions = {summary.id: summary.version for summary in summaries}
    return _Told(list(action_events(rows, versions, clinic.zone, now)), summaries)
