"""The inbox's SQL: events are stored once, whatever is delivered again."""

import contextlib
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid5

import orjson
import psycopg

from services.queue_worker import metrics
from services.queue_worker.dead_letters import fingerprint, reason_of
from services.queue_worker.identity import CODE_VERSION
from services.queue_worker.ingest.arrivals import Arrival
from shared.db.pool import Connection, Pool
from shared.events.dead_letter import DeathReason

# A history comes as tens of thousands of events at once; a statement holds a copy of what it stores.
STATEMENT_EVENTS = 5_000
REFUSALS = (
    psycopg.DataError,
    psycopg.errors.StatementTooComplex,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.ForeignKeyViolation,
)
UNREADABLE = "the event is JSON that the database cannot hold; its bytes are kept as they came"
HOMELESS = "the event's clinic or source does not exist; its bytes are kept as they came"


async def store_arrivals(pool: Pool, arrived: Sequence[Arrival]) -> int:
    """Store events in one transaction; returns how many were new.

    An event that Postgres refuses (NUL, lone surrogates, absurd depth) goes to the dead letters with its bytes, and costs
    the events beside it nothing but another try.
    """
    readable = [arrival for arrival in arrived if arrival.payload is not None]
    if len(readable) == len(arrived) <= STATEMENT_EVENTS:
        with contextlib.suppress(*REFUSALS):  # nearly always: one statement, which is a transaction by itself
            async with pool.connection() as connection:
                return await _enqueue(connection, readable)
    if len(readable) > STATEMENT_EVENTS:
        readable.sort(key=lambda arrival: arrival.digest)  # in one order for all, over several statements too
    fresh = 0
    async with pool.connection() as connection, connection.transaction():
        for start in range(0, len(readable), STATEMENT_EVENTS):
            fresh += await _enqueue_halving(connection, readable[start : start + STATEMENT_EVENTS])
        await _bury(connection, [arrival for arrival in arrived if arrival.payload is None], UNREADABLE)
    return fresh


async def _enqueue_halving(connection: Connection, arrived: Sequence[Arrival]) -> int:
    if not arrived:
        return 0
    try:
        async with connection.transaction():
            return await _enqueue(connection, arrived)
    except REFUSALS as error:
        if len(arrived) == 1:
            homeless = isinstance(error, psycopg.errors.ForeignKeyViolation)
            await _bury(connection, arrived, HOMELESS if homeless else UNREADABLE)
            return 0
    middle = len(arrived) // 2
    return await _enqueue_halving(connection, arrived[:middle]) + await _enqueue_halving(connection, arrived[middle:])


async def _enqueue(connection: Connection, arrived: Sequence[Arrival]) -> int:
    """One statement, in one order for all, so that no two wait in a ring.

    What a receiver published twice, not knowing of the first, may be in one batch twice.
    """
    cursor = await connection.execute(
        """
        WITH arrived AS (
          SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::bytea[],
            %b::timestamptz[], %b::smallint[], %b::text[], %b::text[])
            AS a (id, correlation_id, clinic_id, source_id, event_type, payload, digest, received_at, priority, headers,
              trace)
        ), fresh AS (
          INSERT INTO webhook_events (id, clinic_id, source_id, correlation_id, event_type, digest, received_at, trace)
          SELECT id, clinic_id, source_id, correlation_id, event_type, digest, received_at, trace::jsonb
          FROM arrived ORDER BY digest
          ON CONFLICT DO NOTHING
          RETURNING id
        )
        INSERT INTO message_queue (id, correlation_id, clinic_id, source_id, message_type, payload, raw, created_at, priority,
          metadata)
        SELECT id, correlation_id, clinic_id, source_id, event_type, payload::jsonb, convert_to(payload, 'UTF8'), received_at,
          priority, jsonb_strip_nulls(jsonb_build_object('digest', encode(digest, 'hex'), 'headers', headers::jsonb,
            'trace', trace::jsonb))
        FROM arrived JOIN fresh USING (id)
        ON CONFLICT DO NOTHING
        """,
        [
            [arrival.id for arrival in arrived],
            [arrival.correlation_id for arrival in arrived],
            [arrival.clinic_id for arrival in arrived],
            [arrival.source_id for arrival in arrived],
            [arrival.event_type for arrival in arrived],
            [arrival.payload for arrival in arrived],
            [arrival.digest for arrival in arrived],
            [arrival.received_at for arrival in arrived],
            [arrival.priority for arrival in arrived],
            [_json(arrival.headers) for arrival in arrived],
            [_json(arrival.trace) for arrival in arrived],
        ],
        prepare=True,
    )
    return cursor.rowcount


async def _bury(connection: Connection, arrived: Sequence[Arrival], error: str) -> None:
    for arrival in arrived:
        # Named by its content, so that it is buried once however often it is sent.
        content_id = uuid5(UUID(int=arrival.source_id or 0), arrival.digest.hex())
        await bury_arrival(connection, arrival, content_id, error)


async def bury_arrival(
    connection: Connection, arrival: Arrival, message_id: UUID, error: str, reason: DeathReason | None = None
) -> None:
    """Keep an event that never was in the queue as a dead letter, once for each `message_id`."""
    alike = fingerprint(arrival.event_type, "permanent", error)
    cursor = await connection.execute(
        """
        WITH buried AS (
          INSERT INTO failed_messages (original_message_id, correlation_id, clinic_id, source_id, message_type, raw,
            error_message, error_class, state, history, reason, fingerprint, source_kind, source_name, payload_size,
            payload_sha256, code_version, first_seen_at, headers, metadata)
          SELECT %(id)s, %(correlation_id)s, %(clinic_id)s, %(source_id)s, %(event_type)s, %(raw)s, %(error)s, 'permanent',
            known.state, jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'event', known.state,
              'error', %(error)s::text)),
            %(reason)s, %(fingerprint)s, s.kind, s.name, octet_length(%(raw)s), encode(sha256(%(raw)s), 'hex'),
            %(code_version)s, %(received_at)s, coalesce(%(headers)s::jsonb, '{}'),
            jsonb_strip_nulls(jsonb_build_object('trace', %(trace)s::jsonb))
          FROM (
            SELECT CASE WHEN EXISTS (SELECT 1 FROM dead_letter_issues WHERE clinic_id = %(clinic_id)s
              AND fingerprint = %(fingerprint)s AND discard_until > clock_timestamp())
              THEN 'discarded' ELSE 'dead' END AS state
          ) AS known LEFT JOIN sources s ON s.id = %(source_id)s
          ON CONFLICT DO NOTHING
          RETURNING clinic_id, message_type, error_message, fingerprint
        )
        INSERT INTO dead_letter_issues AS i (clinic_id, fingerprint, message_type, error_message)
        SELECT clinic_id, fingerprint, message_type, error_message FROM buried WHERE clinic_id IN (SELECT id FROM clinics)
        ON CONFLICT (clinic_id, fingerprint) DO UPDATE SET last_seen_at = clock_timestamp(),
          state = CASE WHEN i.state = 'resolved' THEN 'open' ELSE i.state END
        RETURNING xmax = 0 AS fresh
        """,
        {
            "id": message_id,
            "correlation_id": arrival.correlation_id,
            "clinic_id": arrival.clinic_id,
            "source_id": arrival.source_id,
            "event_type": arrival.event_type,
            "raw": arrival.raw,
            "error": error,
            "reason": reason
            or (reason_of(arrival.event_type, "permanent", error) if arrival.clinic_id else "undeliverable"),
            "fingerprint": alike,
            "code_version": CODE_VERSION,
            "received_at": arrival.received_at,
            "headers": _json(arrival.headers),
            "trace": _json(arrival.trace),
        },
    )
    row = await cursor.fetchone()
    if row and row["fresh"]:
        metrics.NEW_FINGERPRINTS.inc()


def _json(headers: Mapping[str, str] | None) -> str | None:
    return orjson.dumps(headers).decode() if headers else None


async def forget_old_events(pool: Pool, days: int) -> int:
    """Forget events older than any sender's retries, a bounded number a call; returns how many.

    What was forgotten would be taken in again if it were sent again, and then find its effect already there.
    """
    async with pool.connection() as connection:
        cursor = await connection.execute(
            "DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events"
            " WHERE received_at < now() - make_interval(days => %s) ORDER BY received_at LIMIT 5000)",
            [days],
        )
        return cursor.rowcount
