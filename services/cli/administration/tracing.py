"""Everything the database has of one webhook or request, found by its correlation id. Ids, kinds and times; no payloads."""

from dataclasses import dataclass, field
from typing import LiteralString
from uuid import UUID, uuid5

from services.cli.administration.clinics import all_clinics
from services.cli.administration.database import Connection, Row, enter_clinic
from shared.tracing.context import context_of, trace_id_of

# The ids of a webhook's events are made of its own: by them they are found in indexes, also when the inbox has forgotten.
MOST_EVENTS = 1000

_EVENTS: LiteralString = """
SELECT e.id, e.clinic_id, e.event_type, e.ignored, e.received_at, e.trace, s.kind AS source_kind, s.name AS source_name
FROM webhook_events e LEFT JOIN sources s ON s.id = e.source_id WHERE e.id = ANY(%s) ORDER BY e.received_at, e.id
"""
_QUEUED: LiteralString = """
SELECT id, clinic_id, message_type, status, retry_count, coalesce(scheduled_at = 'infinity', false) AS parked,
  CASE WHEN scheduled_at < 'infinity' THEN scheduled_at END AS scheduled_at, locked_until, locked_by, created_at,
  processed_at, coalesce(metadata -> 'attempts', '[]') AS attempts, payload ->> 'message_id' AS message_id,
  metadata -> 'trace' AS trace
FROM message_queue WHERE correlation_id = %s ORDER BY created_at
"""
_DEAD: LiteralString = """
SELECT id, clinic_id, message_type, state, attempts, history,
  coalesce(payload ->> 'message_id', '') AS message_id, metadata -> 'trace' AS trace
FROM failed_messages WHERE correlation_id = %s ORDER BY dead_at
"""
_MESSAGES: LiteralString = """
SELECT id, conversation_id, sender_type, message_type, delivery_status, created_at, posted_at, edited_at, deleted_at
FROM messages WHERE clinic_id = %s AND (told_by = ANY(%s) OR id = ANY(%s)) ORDER BY id
"""
_ACTIONS: LiteralString = """
SELECT id, conversation_id, action_type, created_at FROM conversation_actions WHERE clinic_id = %s AND told_by = ANY(%s)
ORDER BY id
"""
_LINES: LiteralString = (
    'SELECT event_id, source_id, state, "at" FROM source_states WHERE clinic_id = %s AND event_id = ANY(%s)'
)
_FILES: LiteralString = """
SELECT id, message_id, state, state_reason, created_at FROM message_attachments
WHERE clinic_id = %s AND message_id = ANY(%s) ORDER BY id
"""
_UNPUBLISHED: LiteralString = """
SELECT id, channel, created_at FROM outbox WHERE clinic_id = %s
  AND event::jsonb ->> 'type' LIKE 'message:%%' AND event::jsonb #>> '{data,id}' = ANY(%s) ORDER BY id
"""
_DELIVERIES: LiteralString = """
SELECT id, message_type, status AS state, created_at, retry_count AS tries,
  metadata ->> 'destination' AS destination
FROM message_queue WHERE clinic_id = %(clinic)s AND message_type LIKE 'deliver.%%'
  AND payload #>> '{data,id}' = ANY(%(messages)s)
UNION ALL
SELECT original_message_id, message_type, state, dead_at, failure_count, metadata ->> 'destination'
FROM failed_messages WHERE clinic_id = %(clinic)s AND message_type LIKE 'deliver.%%'
  AND payload #>> '{data,id}' = ANY(%(messages)s)
"""
_AUDIT: LiteralString = """
SELECT a.id, a.action, a.subject_type, a.subject_id, a.created_at, coalesce(u.name, a.data ->> 'by') AS by
FROM audit_log a LEFT JOIN users u ON u.id = a.actor_user_id AND u.clinic_id = a.clinic_id
WHERE a.clinic_id = %s AND ((a.subject_type = 'dead_letter' AND a.subject_id = ANY(%s))
  OR (a.subject_type = 'message' AND a.subject_id = ANY(%s))) ORDER BY a.id
"""


@dataclass(slots=True)
class Trace:
    """What there is of a correlation id, table by table; `clinic` is None where the event has none, or nothing was found."""

    correlation_id: UUID
    clinic: Row | None = None
    events: list[Row] = field(default_factory=list)
    queued: list[Row] = field(default_factory=list)
    dead: list[Row] = field(default_factory=list)
    messages: list[Row] = field(default_factory=list)
    actions: list[Row] = field(default_factory=list)
    lines: list[Row] = field(default_factory=list)
    files: list[Row] = field(default_factory=list)
    unpublished: list[Row] = field(default_factory=list)
    deliveries: list[Row] = field(default_factory=list)
    audit: list[Row] = field(default_factory=list)

    @property
    def trace_id(self) -> str:
        """The W3C trace that it belongs to: its caller's where something still remembers that, or else its own."""
        kept = (row["trace"] for row in (*self.events, *self.queued, *self.dead) if row["trace"])
        return trace_id_of(context_of(next(kept, None), self.correlation_id))

    def __bool__(self) -> bool:
        return bool(self.events or self.queued or self.dead or self.messages or self.actions)


def traced(connection: Connection, correlation_id: UUID) -> Trace:
    """Look everywhere. What the inbox has forgotten is looked for in one clinic after the other."""
    trace = Trace(correlation_id)
    connection.execute("SET LOCAL ROLE prosa_worker")  # which sees the queue's tables whole
    trace.events = connection.execute(_EVENTS, [_events_of(correlation_id)]).fetchall()
    trace.queued, trace.dead = (connection.execute(query, [correlation_id]).fetchall() for query in (_QUEUED, _DEAD))
    connection.execute("RESET ROLE")
    known = {row["clinic_id"] for row in (*trace.events, *trace.queued, *trace.dead)}
    for clinic in all_clinics(connection):
        if not known or clinic["id"] in known:
            enter_clinic(connection, clinic["id"])
            _look_at_effects(connection, trace, clinic)
        if trace.clinic is not None:
            break
    return trace


def _look_at_effects(connection: Connection, trace: Trace, clinic: Row) -> None:
    told = _events_of(trace.correlation_id)
    own = [int(row["message_id"]) for row in (*trace.queued, *trace.dead) if (row["message_id"] or "").isdecimal()]
    trace.messages = connection.execute(_MESSAGES, [clinic["id"], told, own]).fetchall()
    trace.actions = connection.execute(_ACTIONS, [clinic["id"], told]).fetchall()
    trace.lines = connection.execute(_LINES, [clinic["id"], told]).fetchall()
    if trace:
        trace.clinic = clinic
        _look_at_consequences(connection, trace, clinic["id"])


def _look_at_consequences(connection: Connection, trace: Trace, clinic_id: int) -> None:
    messages = [row["id"] for row in trace.messages]
    named = [str(message_id) for message_id in messages]
    trace.files = connection.execute(_FILES, [clinic_id, messages]).fetchall()
    trace.unpublished = connection.execute(_UNPUBLISHED, [clinic_id, named]).fetchall()
    trace.deliveries = connection.execute(_DELIVERIES, {"clinic": clinic_id, "messages": named}).fetchall()
    dead = [str(row["id"]) for row in trace.dead]
    trace.audit = connection.execute(_AUDIT, [clinic_id, dead, named]).fetchall()


def _events_of(correlation_id: UUID) -> list[UUID]:
    return [correlation_id, *(uuid5(correlation_id, str(index)) for index in range(1, MOST_EVENTS))]
