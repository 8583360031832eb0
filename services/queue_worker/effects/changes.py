"""Changes of messages in SQL: kept whether or not their message is there yet, and shown as soon as it is."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from services.queue_worker.effects.keys import Key, columns
from services.queue_worker.effects.settling import Change, Shown, newer, shown_after, shown_before, status_rank
from services.queue_worker.facts import ChangeFact, DeliveryStatus, StatusFact
from shared.db.pool import Connection

Row = dict[str, Any]


# Each by its name: a join may be planned, while there are few messages, as a reading of all of them, and that plan is kept.
_NAMED = """
SELECT t.clinic_id, t.source_id, t.provider_id, m.id, m.conversation_id
FROM unnest(%b::bigint[], %b::bigint[], %b::text[]) AS t (clinic_id, source_id, provider_id) CROSS JOIN LATERAL (
  SELECT m.id, m.conversation_id FROM messages m
  WHERE m.clinic_id = t.clinic_id AND m.source_id = t.source_id AND m.provider_id = t.provider_id LIMIT 1
) AS m
"""
_LOCK_NAMED = f"""
SELECT * FROM messages WHERE id = ANY (ARRAY(SELECT id FROM ({_NAMED}) AS named)) ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A message, by the only name under which a change knows it."""

    clinic_id: int
    source_id: int
    provider_id: str


async def conversations_of(connection: Connection, targets: Set[Target]) -> dict[Target, Key]:
    """The conversation of each target that is stored."""
    if not targets:
        return {}
    cursor = await connection.execute(
        _NAMED.encode(),
        _columns(targets),
        prepare=True,
    )
    return {target_of(row): (row["clinic_id"], row["conversation_id"]) for row in await cursor.fetchall()}


async def climb(connection: Connection, statuses: Mapping[Target, StatusFact]) -> list[Row]:
    """Raise the status of messages that have not come as far; returns those."""
    if not statuses:
        return []
    cursor = await connection.execute(
        """
        UPDATE messages m SET delivery_status = s.status, version = m.version + 1
        FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[]) AS s (clinic_id, source_id, provider_id, status)
        WHERE m.clinic_id = s.clinic_id AND m.source_id = s.source_id AND m.provider_id = s.provider_id
          AND status_rank(s.status) > status_rank(m.delivery_status) AND m.sender_type <> 'patient'
        RETURNING m.*, false AS inserted
        """,
        [*_columns(statuses), [fact.status for fact in statuses.values()]],
        prepare=True,
    )
    return await cursor.fetchall()


async def park_statuses(connection: Connection, statuses: Mapping[Target, StatusFact]) -> None:
    """Keep statuses that came before their messages, of each message the highest and of two such the earlier."""
    if not statuses:
        return
    waiting = sorted(statuses)
    await connection.execute(
        """
        INSERT INTO message_changes AS c (clinic_id, source_id, provider_id, kind, slot, "at", value)
        SELECT n.clinic_id, n.source_id, n.provider_id, 'status', '', n.at, n.status
        FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::timestamptz[], %b::text[])
          AS n (clinic_id, source_id, provider_id, at, status)
        ON CONFLICT (source_id, provider_id, kind, slot) DO UPDATE
          SET value = excluded.value, "at" = excluded."at", settled = false, created_at = clock_timestamp()
          WHERE (status_rank(excluded.value), c."at") > (status_rank(c.value), excluded."at")
        """,
        [
            *_columns(waiting),
            [statuses[target].timestamp for target in waiting],
            [statuses[target].status for target in waiting],
        ],
    )


async def keep_changes(connection: Connection, changes: Iterable[tuple[Key, ChangeFact]]) -> set[Target]:
    """Keep changes, each told by a clinic's source, but for those older than what their slots hold; returns of what."""
    kept = _merged(changes)
    if not kept:
        return set()
    keys = sorted(kept)
    await connection.execute(
        """
        INSERT INTO message_changes AS c (clinic_id, source_id, provider_id, kind, slot, "at", dated, value, data)
        SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[], %b::timestamptz[],
          %b::boolean[], %b::text[], %b::jsonb[])
        ON CONFLICT (source_id, provider_id, kind, slot) DO UPDATE
          SET "at" = excluded."at", dated = excluded.dated, value = excluded.value, data = excluded.data, settled = false,
            created_at = clock_timestamp()
          WHERE (c.kind <> 'delete' AND (excluded.dated, excluded."at", coalesce(excluded.value, '') COLLATE "C")
                > (c.dated, c."at", coalesce(c.value, '') COLLATE "C"))
            OR (c.kind = 'delete' AND (excluded.dated, excluded."at") < (c.dated, c."at"))
        """,
        [
            *_columns(target for target, _, _ in keys),
            [kind for _, kind, _ in keys],
            [slot for _, _, slot in keys],
            [kept[key].at for key in keys],
            [kept[key].dated for key in keys],
            [kept[key].value for key in keys],
            [Jsonb(dict(kept[key].data)) for key in keys],
        ],
    )
    return {target for target, _, _ in keys}


def _merged(changes: Iterable[tuple[Key, ChangeFact]]) -> dict[tuple[Target, str, str], Change]:
    """One change of each slot: a batch may tell of several."""
    merged: dict[tuple[Target, str, str], Change] = {}
    for (clinic_id, source_id), fact in changes:
        change = Change(fact.kind, fact.slot, fact.timestamp, fact.dated, fact.value, fact.data)
        key = Target(clinic_id, source_id, fact.target), fact.kind, fact.slot
        merged[key] = newer(merged[key], change) if key in merged else change
    return merged


async def settle(connection: Connection, targets: Set[Target]) -> list[Row]:
    """Let messages show all of their changes; returns those that look different now. Targets not stored yet wait.

    The rows are locked before their changes are read: what another transaction adds meanwhile settles after us.
    """
    if not targets:
        return []
    messages = await _lock_messages(connection, targets)
    if not messages:
        return []
    changes = await _changes_of(connection, set(messages))
    climbed = {target: _highest(changes.get(target, ())) for target in messages}
    after = {
        target: shown_after(message, [_change(row) for row in changes.get(target, ()) if row["kind"] != "status"])
        for target, message in messages.items()
    }
    different = {
        target: shown
        for target, shown in after.items()
        if shown != shown_before(messages[target])
        or status_rank(climbed[target]) > status_rank(messages[target]["delivery_status"])
    }
    rows = await _show(connection, messages, different, climbed)
    await _mark_settled(connection, [row for found in changes.values() for row in found if not row["settled"]])
    return rows


def _highest(changes: Iterable[Row]) -> DeliveryStatus:
    statuses: list[DeliveryStatus] = [row["value"] for row in changes if row["kind"] == "status"]
    return max(statuses, key=status_rank, default="pending")


def _change(row: Row) -> Change:
    return Change(row["kind"], row["slot"], row["at"], row["dated"], row["value"], row["data"])


async def _lock_messages(connection: Connection, targets: Set[Target]) -> dict[Target, Row]:
    cursor = await connection.execute(
        _LOCK_NAMED.encode(),
        _columns(targets),
    )
    return {target_of(row): row for row in await cursor.fetchall()}


async def _changes_of(connection: Connection, targets: Set[Target]) -> dict[Target, list[Row]]:
    cursor = await connection.execute(
        "SELECT c.* FROM message_changes c JOIN unnest(%b::bigint[], %b::bigint[], %b::text[])"
        " AS t (clinic_id, source_id, provider_id) USING (clinic_id, source_id, provider_id)",
        _columns(targets),
    )
    changes: dict[Target, list[Row]] = {}
    for row in await cursor.fetchall():
        changes.setdefault(target_of(row), []).append(row)
    return changes


async def _show(
    connection: Connection,
    messages: Mapping[Target, Row],
    different: Mapping[Target, Shown],
    climbed: Mapping[Target, DeliveryStatus],
) -> list[Row]:
    if not different:
        return []
    shown = list(different.values())
    cursor = await connection.execute(
        """
        UPDATE messages m SET content = n.content, original_content = n.original_content, edited_at = n.edited_at,
          deleted_at = n.deleted_at, reactions = n.reactions, version = m.version + 1,
          metadata = CASE WHEN n.votes = '[]' THEN m.metadata - 'votes'
            ELSE m.metadata || jsonb_build_object('votes', n.votes) END,
          delivery_status = CASE WHEN m.sender_type <> 'patient' AND status_rank(n.status) > status_rank(m.delivery_status)
            THEN n.status ELSE m.delivery_status END
        FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::timestamptz[], %b::timestamptz[], %b::jsonb[],
          %b::jsonb[], %b::text[])
          AS n (clinic_id, id, content, original_content, edited_at, deleted_at, reactions, votes, status)
        WHERE m.clinic_id = n.clinic_id AND m.id = n.id
        RETURNING m.*, false AS inserted
        """,
        [
            [target.clinic_id for target in different],
            [messages[target]["id"] for target in different],
            [one.content for one in shown],
            [one.original_content for one in shown],
            [one.edited_at for one in shown],
            [one.deleted_at for one in shown],
            [Jsonb(one.reactions) for one in shown],
            [Jsonb(one.votes) for one in shown],
            [climbed[target] for target in different],
        ],
    )
    return await cursor.fetchall()


async def _mark_settled(connection: Connection, changes: Sequence[Row]) -> None:
    """What was read is shown now; what changed since then is not. A status is spent, the rest stays as history."""
    if not changes:
        return
    await connection.execute(
        "WITH seen AS (SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::timestamptz[]) AS s (clinic_id, id, created_at)),"
        " spent AS (DELETE FROM message_changes c USING seen s WHERE c.clinic_id = s.clinic_id AND c.kind = 'status'"
        "  AND c.id = s.id AND c.created_at = s.created_at)"
        " UPDATE message_changes c SET settled = true FROM seen s WHERE c.clinic_id = s.clinic_id AND c.kind <> 'status'"
        " AND c.id = s.id AND c.created_at = s.created_at",
        columns(((row["clinic_id"], row["id"], row["created_at"]) for row in changes), 3),
    )


def _columns(targets: Iterable[Target]) -> list[list[Any]]:
    return columns(((target.clinic_id, target.source_id, target.provider_id) for target in targets), 3)


def target_of(row: Row) -> Target:
    """What a message, or a change of one, is known by."""
    return Target(row["clinic_id"], row["source_id"], row["provider_id"])
