"""What is erased, in which order. Each step does a bounded part and says how far it got; the last to go is the contact."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg.types.json import Jsonb

from services.queue_worker.erasing.copies import forget_copies
from services.queue_worker.erasing.deleting import delete_messages
from services.queue_worker.erasing.jobs import Erasure, Progress
from services.queue_worker.erasing.surroundings import Surroundings
from shared.db.outbox import append_outbox
from shared.events.clinic_time import to_clinic_time
from shared.events.live import live_event
from shared.privacy.hashes import person_hashes
from shared.privacy.places import with_places

MESSAGES_AT_ONCE = 500
# Of what is not sorted by person each row has to be looked at.
ROWS_AT_ONCE = 2000
NO_UUID = "00000000-0000-0000-0000-000000000000"

Step = Callable[[Erasure, Surroundings], Awaitable[Progress]]


async def erase_messages(erasure: Erasure, around: Surroundings) -> Progress:
    """Messages with their changes, reactions, attachments and files."""
    cursor = await erasure.connection.execute(
        "SELECT id, source_id, provider_id FROM messages WHERE clinic_id = %(clinic_id)s"
        ' AND conversation_id = ANY(%(conversations)s) ORDER BY conversation_id, "timestamp" DESC, id DESC'
        " LIMIT %(limit)s FOR UPDATE",
        {**erasure.values(), "limit": MESSAGES_AT_ONCE},
    )
    messages = await cursor.fetchall()
    counts = await delete_messages(erasure.connection, around.store, erasure.clinic_id, messages) if messages else {}
    return Progress(counts, finished=not messages)


async def erase_actions(erasure: Erasure, _around: Surroundings) -> Progress:
    """The timeline, and what was said about messages that never came."""
    actions = await erasure.connection.execute(
        "DELETE FROM conversation_actions WHERE clinic_id = %(clinic_id)s AND conversation_id = ANY(%(conversations)s)",
        erasure.values(),
    )
    waiting = await erasure.connection.execute(
        "DELETE FROM message_changes WHERE clinic_id = %(clinic_id)s AND NOT settled"
        " AND (value LIKE ANY (%(patterns)s::text[]) OR data::text LIKE ANY (%(patterns)s::text[]))",
        erasure.values(),
    )
    return Progress({"actions": actions.rowcount, "changes": waiting.rowcount}, finished=True)


async def erase_queued(erasure: Erasure, _around: Surroundings) -> Progress:
    """Events and sends that wait."""
    return await _walk(erasure, "queued", "message_queue q", "DELETE FROM message_queue q", "{QUEUED}", NO_UUID)


async def erase_dead_letters(erasure: Erasure, _around: Surroundings) -> Progress:
    """What failed for good; what people wrote beside it; and whom a replay was to be about."""
    progress = await _walk(erasure, "dead_letters", "failed_messages f", "DELETE FROM failed_messages f", "{DEAD}", "0")
    await erasure.connection.execute(_SKIPPED, {**erasure.values(), "gone": list(progress.changed)})
    if progress.finished:
        for statement in _NOTED:
            await erasure.connection.execute(statement.encode(), erasure.values())
    cursor = await erasure.connection.execute(
        "SELECT redact_audit_of(%s, 'dead_letter', %s) AS redacted", [erasure.id, list(progress.changed)]
    )
    row: Any = await cursor.fetchone()
    return replace(progress, counts={**progress.counts, "audit_entries": row["redacted"]})


# A replay that has released them would wait for their end.
_SKIPPED = (
    "UPDATE replay_items SET state = 'skipped' WHERE clinic_id = %(clinic_id)s AND failed_id = ANY(%(gone)s::bigint[])"
    " AND state = 'released'"
)

_NOTED: tuple[LiteralString, ...] = (
    "UPDATE replays SET filter = NULL WHERE clinic_id = %(clinic_id)s AND filter::text LIKE ANY (%(patterns)s::text[])",
    "UPDATE dead_letter_issues SET note = NULL, link = NULL, error_message = ''"
    " WHERE clinic_id = %(clinic_id)s AND concat_ws(' ', note, link, error_message) LIKE ANY (%(patterns)s::text[])",
)


async def erase_kept_events(erasure: Erasure, _around: Surroundings) -> Progress:
    """Payloads of events that had no effect; that they came stays, so that none of them comes twice."""
    change = "UPDATE webhook_events e SET payload = NULL"
    return await _walk(erasure, "kept_events", "webhook_events e", change, "{KEPT_EVENT}", NO_UUID)


async def erase_told(erasure: Erasure, _around: Surroundings) -> Progress:
    """Live events on their way. What a relay has in hand this waits for; it is in Redis then, and erased there."""
    told = await erasure.connection.execute(
        with_places("DELETE FROM outbox o WHERE o.clinic_id = %(clinic_id)s AND {TOLD}"), erasure.values()
    )
    return Progress({"told": told.rowcount}, finished=True)


async def redact_audit(erasure: Erasure, _around: Surroundings) -> Progress:
    """What the person was called, in entries about them."""
    subjects = [f"contact:{contact}" for contact in erasure.traces.contacts]
    cursor = await erasure.connection.execute(
        "SELECT last_id, redacted FROM redact_audit(%s, %s, %s, %s, %s)",
        [erasure.id, subjects, erasure.values()["patterns"], int(erasure.position or 0), ROWS_AT_ONCE],
    )
    row: Any = await cursor.fetchone()
    return Progress(
        {"audit_entries": row["redacted"]},
        position=row["last_id"] and str(row["last_id"]),
        finished=row["last_id"] is None,
    )


async def erase_person(erasure: Erasure, around: Surroundings) -> Progress:
    """The conversations and the contact, at once, and the entry that says so. What came in meanwhile goes first."""
    rows = await (
        await erasure.connection.execute(
            "SELECT c.id, c.version, cl.timezone, EXISTS (SELECT FROM messages m WHERE m.clinic_id = c.clinic_id"
            "   AND m.conversation_id = c.id) AS has_messages"
            " FROM conversations c JOIN clinics cl ON cl.id = c.clinic_id WHERE c.clinic_id = %(clinic_id)s"
            " AND c.contact_id = %(contact_id)s ORDER BY c.id FOR UPDATE OF c",
            erasure.values(),
        )
    ).fetchall()
    if any(row["has_messages"] for row in rows):
        return Progress(back_to="messages")
    counts = {
        name: (await erasure.connection.execute(text.encode(), erasure.values())).rowcount for name, text in _LAST
    }
    await append_outbox(
        erasure.connection,
        erasure.clinic_id,
        [_gone(erasure.clinic_id, row["id"], row["version"] + 1, row["timezone"]) for row in rows],
    )
    await _note(erasure, counts)
    hashes = person_hashes(around.secrets_keys, erasure.clinic_id, erasure.traces.identities)
    return Progress(counts, finished=True, person_hashes=hashes)


_LAST: tuple[tuple[str, LiteralString], ...] = (
    (
        "queued",
        "DELETE FROM message_queue WHERE clinic_id = %(clinic_id)s AND ordering_key = ANY (%(ordering_keys)s::text[])",
    ),
    (
        "actions",
        "DELETE FROM conversation_actions WHERE clinic_id = %(clinic_id)s AND conversation_id = ANY(%(conversations)s)",
    ),
    (
        "merges",
        "DELETE FROM conversation_merges WHERE clinic_id = %(clinic_id)s"
        " AND (into_conversation_id = ANY(%(conversations)s) OR from_conversation_id = ANY(%(conversations)s))",
    ),
    ("conversations", "DELETE FROM conversations WHERE clinic_id = %(clinic_id)s AND contact_id = %(contact_id)s"),
    ("identities", "DELETE FROM contact_identities WHERE clinic_id = %(clinic_id)s AND contact_id = %(contact_id)s"),
    ("contacts", "DELETE FROM contacts WHERE clinic_id = %(clinic_id)s AND id = %(contact_id)s"),
)


async def erase_copies(erasure: Erasure, around: Surroundings) -> Progress:
    """What Redis has: histories, and what was kept for speed."""
    cursor = await erasure.connection.execute("SELECT id FROM users WHERE clinic_id = %s", [erasure.clinic_id])
    users = [row["id"] for row in await cursor.fetchall()]
    return Progress(
        {"copies": await forget_copies(around.redis, erasure.clinic_id, erasure.traces, users)}, finished=True
    )


STEPS: dict[str, Step] = {
    "messages": erase_messages,
    "actions": erase_actions,
    "queued": erase_queued,
    "dead_letters": erase_dead_letters,
    "kept_events": erase_kept_events,
    "told": erase_told,
    "audit": redact_audit,
    "person": erase_person,
    "copies": erase_copies,
}
_ORDER = tuple(STEPS)


def step_after(step: str, progress: Progress) -> str | None:
    """Which step comes next; None where there is none left."""
    if progress.back_to is not None:
        return progress.back_to
    if not progress.finished:
        return step
    place = _ORDER.index(step) + 1
    return _ORDER[place] if place < len(_ORDER) else None


async def _walk(erasure: Erasure, name: str, table: str, change: str, where: str, first: str) -> Progress:
    """Look at the next stretch of a clinic's table by id, and change what is the person's."""
    letter = table[-1]
    statement = f"""
      WITH stretch AS MATERIALIZED (
        SELECT {letter}.id FROM {table} WHERE {letter}.clinic_id = %(clinic_id)s AND {letter}.id > %(position)s
        ORDER BY {letter}.id LIMIT %(limit)s
      ), done AS (
        {change} WHERE {letter}.id IN (SELECT id FROM stretch) AND {where} RETURNING {letter}.id::text AS id
      )
      SELECT (SELECT id::text FROM stretch ORDER BY id DESC LIMIT 1) AS last,
        (SELECT count(*) FROM stretch) AS looked_at, ARRAY(SELECT id FROM done) AS changed
    """  # noqa: S608 - built from constants
    values = {**erasure.values(), "position": erasure.position or first, "limit": ROWS_AT_ONCE}
    row: Any = await (await erasure.connection.execute(with_places(statement), values)).fetchone()
    return Progress(
        {name: len(row["changed"])},
        position=row["last"],
        finished=row["looked_at"] < ROWS_AT_ONCE,
        changed=row["changed"],
    )


async def _note(erasure: Erasure, counts: dict[str, int]) -> None:
    total = {name: erasure.counts.get(name, 0) + counts.get(name, 0) for name in {*erasure.counts, *counts}}
    data = {"erasure": erasure.id, "redacted": erasure.counts.get("audit_entries", 0), "counts": total}
    await erasure.connection.execute(
        "INSERT INTO audit_log (clinic_id, actor_user_id, action, subject_type, subject_id, data)"
        " VALUES (%s, %s, 'contact.erased', 'contact', %s, %s)",
        [erasure.clinic_id, erasure.requested_by, str(erasure.contact_id), Jsonb({**data, "reason": erasure.reason})],
    )


def _gone(clinic_id: int, conversation_id: int, version: int, zone: str) -> Any:
    now = datetime.now(UTC)
    data = {
        "conversationId": str(conversation_id),
        "clinicId": str(clinic_id),
        "eventType": "deleted",
        "timestamp": to_clinic_time(now, zone),
        "mergedInto": None,
        "version": version,
    }
    return live_event("conversation:list:updated", "empresa", clinic_id, data, now)
