"""Statements about dead letters. Each names the clinic, though row-level security would do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import DictRow
from psycopg.sql import SQL, Composed, Identifier, Placeholder
from psycopg.types.json import Jsonb

from shared.db.pool import Connection

KEPT_HISTORY = 100
GROUPS = 100

# Without the payloads, which stand elsewhere and are not touched.
LISTED = SQL(
    """f.id, f.state, f.source_kind, f.source_id, f.source_name, f.message_type, f.reason, f.error_class, f.error_message,
       f.failure_count, f.fingerprint, f.provider_id, f.conversation_ref, f.correlation_id, f.first_seen_at, f.dead_at,
       f.expires_at, f.payload_size, f.payload_sha256, f.edited_payload IS NOT NULL AS edited, f.version"""
)
DETAILED = SQL(
    """{listed}, f.attempts, f.history, f.headers, f.payload, f.edited_payload, f.raw, f.replay_id, f.code_version,
       f.replayed_by, f.replayed_at"""
).format(listed=LISTED)

_CONDITIONS = {
    "states": SQL("f.state = ANY(%(states)s)"),
    "source": SQL("f.source_kind = %(source)s"),
    "source_id": SQL("f.source_id = %(source_id)s"),
    "event_type": SQL("f.message_type = %(event_type)s"),
    "reason": SQL("f.reason = %(reason)s"),
    "fingerprint": SQL("f.fingerprint = %(fingerprint)s"),
    "error": SQL("strpos(lower(f.error_message), lower(%(error)s)) > 0"),
    "since": SQL("f.dead_at >= %(since)s"),
    "until": SQL("f.dead_at < %(until)s"),
    "min_failures": SQL("f.failure_count >= %(min_failures)s"),
    "contains": SQL("(f.payload @> %(contains)s::jsonb OR f.edited_payload @> %(contains)s::jsonb)"),
    "provider_id": SQL("f.provider_id = %(provider_id)s"),
    "conversation_id": SQL("f.conversation_ref = %(conversation_id)s"),
    "correlation_id": SQL("f.correlation_id = %(correlation_id)s::uuid"),
}
_GROUP_KEYS = {
    "fingerprint": SQL("f.fingerprint"),
    "event_type": SQL("f.message_type"),
    "source": SQL("f.source_name"),
    "reason": SQL("f.reason"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Which dead letters of a clinic; what is None does not narrow."""

    states: list[str] | None = None
    source: str | None = None
    source_id: int | None = None
    event_type: str | None = None
    reason: str | None = None
    fingerprint: str | None = None
    error: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    min_failures: int | None = None
    contains: str | None = None
    provider_id: str | None = None
    conversation_id: str | None = None
    correlation_id: str | None = None
    ids: list[int] | None = None

    def conditions(self, *, but: str | None = None) -> Composed:
        """The condition on `failed_messages f`, always with the clinic's."""
        chosen = [SQL("f.clinic_id = %(clinic_id)s")]
        if self.ids is not None:
            chosen.append(SQL("f.id = ANY(%(ids)s)"))
        chosen += [sql for name, sql in _CONDITIONS.items() if getattr(self, name) is not None and name != but]
        return SQL(" AND ").join(chosen)

    def values(self, clinic_id: int) -> dict[str, Any]:
        """The condition's values."""
        return {"clinic_id": clinic_id, "ids": self.ids, **{name: getattr(self, name) for name in _CONDITIONS}}


def as_json(value: dict[str, Any] | None) -> Jsonb | None:
    """An object for a column of JSON; none stays none."""
    return None if value is None else Jsonb(value)


async def list_dead_letters(
    connection: Connection, clinic_id: int, choice: Choice, before: int | None, limit: int
) -> list[DictRow]:
    """The newest, those before an id."""
    statement = SQL(
        "SELECT {columns} FROM failed_messages f WHERE {conditions} AND f.id < %(before)s ORDER BY f.id DESC LIMIT %(limit)s"
    ).format(columns=LISTED, conditions=choice.conditions())
    values = choice.values(clinic_id) | {"before": before or 2**63 - 1, "limit": limit}
    return await (await connection.execute(statement, values)).fetchall()


async def page_with_payloads(
    connection: Connection, clinic_id: int, choice: Choice, before: int | None, limit: int
) -> list[DictRow]:
    """The same with all that is known of each."""
    statement = SQL(
        "SELECT {columns} FROM failed_messages f WHERE {conditions} AND f.id < %(before)s ORDER BY f.id DESC LIMIT %(limit)s"
    ).format(columns=DETAILED, conditions=choice.conditions())
    values = choice.values(clinic_id) | {"before": before or 2**63 - 1, "limit": limit}
    return await (await connection.execute(statement, values)).fetchall()


async def count_dead_letters(connection: Connection, clinic_id: int, choice: Choice) -> int:
    """How many are chosen."""
    statement = SQL("SELECT count(*) AS total FROM failed_messages f WHERE {}").format(choice.conditions())
    row = await (await connection.execute(statement, choice.values(clinic_id))).fetchone()
    return int(row["total"]) if row else 0


async def find_dead_letter(connection: Connection, clinic_id: int, entry_id: int) -> DictRow | None:
    """One, with all that is known of it."""
    statement = SQL("SELECT {} FROM failed_messages f WHERE f.clinic_id = %s AND f.id = %s").format(DETAILED)
    return await (await connection.execute(statement, [clinic_id, entry_id])).fetchone()


async def summarise(connection: Connection, clinic_id: int, choice: Choice) -> DictRow:
    """How many of each state, and how old those are that wait."""
    statement = SQL(
        """
        SELECT f.state, count(*) AS entries, extract(epoch FROM clock_timestamp() - min(f.dead_at))::float8 AS oldest,
          count(*) FILTER (WHERE f.dead_at > clock_timestamp() - interval '1 hour') AS last_hour,
          count(*) FILTER (WHERE f.dead_at > clock_timestamp() - interval '1 day') AS last_day
        FROM failed_messages f WHERE {} GROUP BY f.state
        """
    ).format(choice.conditions(but="states"))
    rows = await (await connection.execute(statement, choice.values(clinic_id))).fetchall()
    return {row["state"]: row for row in rows}


async def group(connection: Connection, clinic_id: int, choice: Choice, by: str) -> list[DictRow]:
    """The largest groups, with what is known of them where they are grouped by fingerprint."""
    statement = SQL(
        """
        SELECT g.*, i.error_message, i.state AS issue_state, i.link FROM (
          SELECT {key} AS key, count(*) AS entries, min(f.dead_at) AS first_seen_at, max(f.dead_at) AS last_seen_at
          FROM failed_messages f WHERE {conditions} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit}
        ) g
        LEFT JOIN dead_letter_issues i ON {by_fingerprint} AND i.clinic_id = %(clinic_id)s AND i.fingerprint = g.key
        ORDER BY g.entries DESC, g.key
        """
    ).format(
        key=_GROUP_KEYS[by],
        conditions=choice.conditions(),
        limit=GROUPS,
        by_fingerprint=SQL("true") if by == "fingerprint" else SQL("false"),
    )
    return await (await connection.execute(statement, choice.values(clinic_id))).fetchall()


async def mark_replaying(connection: Connection, clinic_id: int, entry_id: int, by: str, mode: str) -> DictRow | None:
    """Have a dead letter worked again, by whoever comes first; None where it is not dead."""
    return await _change(
        connection,
        clinic_id,
        entry_id,
        SQL(
            "state = 'replaying', release_due = true, replay_mode = %(mode)s, replayed_by = %(by)s,"
            " replayed_at = clock_timestamp(), replay_id = NULL, expires_at = NULL"
        ),
        SQL("f.state = 'dead' AND (f.expires_at IS NULL OR f.expires_at > clock_timestamp())"),
        {"event": "replaying", "by": by, "mode": mode},
        {"mode": mode},
    )


async def discard(connection: Connection, clinic_id: int, entry_id: int, by: str, reason: str) -> DictRow | None:
    """Set a dead letter aside for good; None where it is not dead."""
    entry = {"event": "discarded", "by": by, "reason": reason}
    sets = SQL("state = 'discarded', expires_at = NULL")
    return await _change(connection, clinic_id, entry_id, sets, SQL("f.state = 'dead'"), entry, {})


async def restore(connection: Connection, clinic_id: int, entry_id: int, by: str) -> DictRow | None:
    """Take a discarded one back; None where it is not discarded."""
    sets = SQL("state = 'dead', expires_at = NULL")
    entry = {"event": "restored", "by": by}
    return await _change(connection, clinic_id, entry_id, sets, SQL("f.state = 'discarded'"), entry, {})


async def edit(
    connection: Connection, clinic_id: int, entry_id: int, version: int, payload: Any, by: str, reason: str
) -> DictRow | None:
    """Give a dead letter another payload beside its own; None where it is not dead, or another version of itself."""
    return await _change(
        connection,
        clinic_id,
        entry_id,
        SQL("edited_payload = %(payload)s"),
        SQL("f.state = 'dead' AND f.version = %(version)s"),
        {"event": "edited", "by": by, "reason": reason},
        {"payload": Jsonb(payload), "version": version},
    )


async def _change(
    connection: Connection,
    clinic_id: int,
    entry_id: int,
    sets: SQL,
    condition: SQL,
    entry: dict[str, Any],
    values: dict[str, Any],
) -> DictRow | None:
    """One conditional update: of two callers the second finds that it is not so any more."""
    statement = SQL(
        """
        UPDATE failed_messages f SET {sets}, version = f.version + 1, updated_at = clock_timestamp(),
          history = append_bounded(f.history,
            jsonb_build_array(jsonb_build_object('at', clock_timestamp()) || %(entry)s), %(kept)s)
        WHERE f.clinic_id = %(clinic_id)s AND f.id = %(id)s AND {condition} RETURNING {columns}
        """
    ).format(sets=sets, condition=condition, columns=LISTED)
    given = {"clinic_id": clinic_id, "id": entry_id, "entry": Jsonb(entry), "kept": KEPT_HISTORY, "by": entry["by"]}
    return await (await connection.execute(statement, given | values)).fetchone()


async def discard_many(connection: Connection, clinic_id: int, choice: Choice, by: str, reason: str) -> int:
    """Set all chosen ones aside that are dead; returns how many."""
    statement = SQL(
        """
        UPDATE failed_messages f SET state = 'discarded', expires_at = NULL, version = f.version + 1,
          updated_at = clock_timestamp(), history = append_bounded(f.history,
            jsonb_build_array(jsonb_build_object('at', clock_timestamp()) || %(entry)s), %(kept)s)
        WHERE {}
        """
    ).format(choice.conditions())
    entry = Jsonb({"event": "discarded", "by": by, "reason": reason})
    given = choice.values(clinic_id) | {"entry": entry, "kept": KEPT_HISTORY}
    return (await connection.execute(statement, given)).rowcount


# Replays ---------------------------------------------------------------------------------------------------------------

_REPLAYS = """
SELECT r.*, c.released, c.succeeded, c.failed, c.skipped FROM replays r
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE i.state IN ('released', 'succeeded', 'failed')) AS released,
    count(*) FILTER (WHERE i.state = 'succeeded') AS succeeded, count(*) FILTER (WHERE i.state = 'failed') AS failed,
    count(*) FILTER (WHERE i.state = 'skipped') AS skipped
  FROM replay_items i WHERE i.replay_id = r.id AND i.state <> 'waiting'
) c
"""


async def create_replay(
    connection: Connection, clinic_id: int, choice: Choice, terms: dict[str, Any], limit: int
) -> DictRow | None:
    """A replay with its items frozen, oldest first."""
    statement = SQL(
        """
        WITH made AS (
          INSERT INTO replays (clinic_id, created_by, start_at, rate, max_failures, accept_duplicates, filter, total)
          SELECT %(clinic_id)s, %(by)s, coalesce(%(start_at)s, clock_timestamp()), %(rate)s, %(max_failures)s,
            %(accept_duplicates)s, %(filter)s, %(total)s
          RETURNING id
        ), items AS (
          INSERT INTO replay_items (replay_id, position, clinic_id, failed_id)
          SELECT made.id, row_number() OVER (ORDER BY f.first_seen_at, f.id), f.clinic_id, f.id
          FROM made CROSS JOIN failed_messages f WHERE {conditions} ORDER BY f.first_seen_at, f.id LIMIT {limit}
        )
        SELECT id FROM made
        """
    ).format(conditions=choice.conditions(), limit=limit)
    row = await (await connection.execute(statement, choice.values(clinic_id) | terms)).fetchone()
    return row and await find_replay(connection, clinic_id, row["id"])


async def find_replay(connection: Connection, clinic_id: int, replay_id: int) -> DictRow | None:
    """A replay and how far it is."""
    statement = f"{_REPLAYS} WHERE r.clinic_id = %s AND r.id = %s"
    return await (await connection.execute(statement.encode(), [clinic_id, replay_id])).fetchone()


async def list_replays(connection: Connection, clinic_id: int, limit: int) -> list[DictRow]:
    """The newest replays."""
    statement = f"{_REPLAYS} WHERE r.clinic_id = %s ORDER BY r.id DESC LIMIT %s"
    return await (await connection.execute(statement.encode(), [clinic_id, limit])).fetchall()


async def change_replay(
    connection: Connection, clinic_id: int, replay_id: int, state: str, states: Sequence[str]
) -> bool:
    """Change a replay that is in one of `states`; False where it is in none of them."""
    cursor = await connection.execute(
        "UPDATE replays SET state = %(state)s,"
        " finished_at = CASE WHEN %(state)s = 'cancelled' THEN clock_timestamp() END"
        " WHERE clinic_id = %(clinic_id)s AND id = %(id)s AND state = ANY(%(states)s)",
        {"clinic_id": clinic_id, "id": replay_id, "state": state, "states": list(states)},
    )
    return cursor.rowcount == 1


# Issues ----------------------------------------------------------------------------------------------------------------

_ISSUES = """
SELECT i.*, (
  SELECT count(*) FROM failed_messages f
  WHERE f.clinic_id = i.clinic_id AND f.fingerprint = i.fingerprint AND f.state = 'dead'
) AS waiting FROM dead_letter_issues i
"""


async def list_issues(connection: Connection, clinic_id: int, state: str | None, limit: int) -> list[DictRow]:
    """Kinds of dead letters, those seen last first."""
    statement = (
        f"{_ISSUES} WHERE i.clinic_id = %(clinic_id)s AND (%(state)s::text IS NULL OR i.state = %(state)s)"
        " ORDER BY i.last_seen_at DESC, i.fingerprint LIMIT %(limit)s"
    )
    given = {"clinic_id": clinic_id, "state": state, "limit": limit}
    return await (await connection.execute(statement.encode(), given)).fetchall()


async def find_issue(connection: Connection, clinic_id: int, fingerprint: str) -> DictRow | None:
    """One kind."""
    statement = f"{_ISSUES} WHERE i.clinic_id = %s AND i.fingerprint = %s"
    return await (await connection.execute(statement.encode(), [clinic_id, fingerprint])).fetchone()


async def change_issue(
    connection: Connection, clinic_id: int, fingerprint: str, changes: dict[str, Any], by: str
) -> bool:
    """Write down what was decided about a kind; what `changes` does not name stays."""
    named = SQL(", ").join(
        SQL("{} = {}").format(Identifier(name), Placeholder(name)) for name in _CHANGEABLE if name in changes
    )
    statement = SQL(
        "UPDATE dead_letter_issues SET {}, changed_by = %(by)s, changed_at = clock_timestamp()"
        " WHERE clinic_id = %(clinic_id)s AND fingerprint = %(fingerprint)s"
    ).format(named)
    given = changes | {"clinic_id": clinic_id, "fingerprint": fingerprint, "by": by}
    return (await connection.execute(statement, given)).rowcount == 1


_CHANGEABLE = ("state", "link", "note", "discard_until")
