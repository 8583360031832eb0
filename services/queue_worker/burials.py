"""Burials: a message moves to the dead letters with what it went through, in one statement."""

from dataclasses import dataclass

from services.queue_worker import metrics
from services.queue_worker.claims import ClaimedMessage, LeaseLostError
from services.queue_worker.dead_letters import fingerprint, reason_of, references
from services.queue_worker.identity import CODE_VERSION, WORKER_ID
from shared.db.pool import Connection
from shared.events.dead_letter import DeathReason

KEPT_HISTORY = 100


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """What an attempt failed of: never the values it failed on."""

    error: str
    error_class: str


def attempt_entry(row: str) -> str:
    """SQL of one entry of `attempts`: the attempt that began with the claim and failed now."""
    return (
        "jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'duration_ms',"
        f" round(extract(epoch FROM clock_timestamp() - {row}.processed_at) * 1000),"
        " 'error', %(error)s::text, 'error_class', %(error_class)s::text, 'worker', %(worker)s::text))"
    )


_BURY = f"""
WITH gone AS (
  DELETE FROM message_queue WHERE id = %(id)s AND claims = %(claims)s AND status = 'processing' RETURNING *
), issue AS (
  INSERT INTO dead_letter_issues AS i (clinic_id, fingerprint, message_type, error_message)
  SELECT clinic_id, %(fingerprint)s, message_type, %(error)s FROM gone WHERE clinic_id IS NOT NULL
  ON CONFLICT (clinic_id, fingerprint) DO UPDATE SET last_seen_at = clock_timestamp(),
    state = CASE WHEN i.state = 'resolved' THEN 'open' ELSE i.state END
  RETURNING (xmax = 0) AS fresh, coalesce(discard_until > clock_timestamp(), false) AS unwanted
), buried AS (
  INSERT INTO failed_messages AS f (original_message_id, correlation_id, clinic_id, source_id, message_type, payload, raw,
    error_message, error_class, failure_count, state, history, metadata, attempts, headers, reason, fingerprint, source_kind,
    source_name, provider_id, conversation_ref, ordering_key, payload_size, payload_sha256, code_version, first_seen_at)
  SELECT gone.id, correlation_id, clinic_id, source_id, message_type, payload, raw, %(error)s, %(error_class)s, retry_count,
    CASE WHEN issue.unwanted THEN 'discarded' ELSE 'dead' END,
    jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('at', clock_timestamp(), 'event',
      CASE WHEN issue.unwanted THEN 'discarded' ELSE 'dead' END, 'error', %(error)s::text, 'by', killed ->> 'by',
      'reason', CASE WHEN issue.unwanted THEN 'its kind is discarded by itself' ELSE killed ->> 'reason' END))),
    metadata - ARRAY['attempts', 'headers', 'replay_of', 'deaths', 'awaited_echo', 'looked'],
    append_bounded(metadata -> 'attempts', {attempt_entry("gone")}), coalesce(metadata -> 'headers', '{{}}'), %(reason)s,
    %(fingerprint)s, %(source_kind)s, %(source_name)s, %(provider_id)s, %(conversation)s, ordering_key,
    octet_length(coalesce(raw, convert_to(payload::text, 'UTF8'))),
    encode(sha256(coalesce(raw, convert_to(payload::text, 'UTF8'))), 'hex'), %(code_version)s, created_at
  FROM gone LEFT JOIN issue ON true
  ON CONFLICT (original_message_id) DO UPDATE SET state = excluded.state, error_message = excluded.error_message,
    error_class = excluded.error_class, reason = excluded.reason, fingerprint = excluded.fingerprint,
    failure_count = f.failure_count + excluded.failure_count, code_version = excluded.code_version,
    attempts = append_bounded(f.attempts, excluded.attempts),
    history = append_bounded(f.history, excluded.history, {KEPT_HISTORY}), version = f.version + 1,
    dead_at = clock_timestamp(), expires_at = NULL, release_due = false, replay_mode = NULL, replayed_by = NULL,
    replayed_at = NULL, updated_at = clock_timestamp()
  RETURNING id
), item AS (
  UPDATE replay_items i SET state = 'failed' FROM buried WHERE i.failed_id = buried.id AND i.state = 'released'
)
SELECT coalesce(issue.fresh, false) AS fresh FROM buried LEFT JOIN issue ON true
"""  # noqa: S608 - made of constants


async def bury(
    connection: Connection, message: ClaimedMessage, error: str, error_class: str, reason: DeathReason | None = None
) -> None:
    """Move a message to the dead letters, in one statement. Raises LeaseLostError where it is no longer ours.

    One that was a dead letter before becomes it again, the same one, with what it went through kept.
    """
    about = references(message.payload)
    cursor = await connection.execute(
        _BURY.encode(),
        {
            "id": message.id,
            "claims": message.claims,
            "error": error,
            "error_class": error_class,
            "reason": reason or reason_of(message.message_type, error_class, error),
            "fingerprint": fingerprint(message.message_type, error_class, error),
            "source_kind": message.source_kind,
            "source_name": message.source_name,
            "provider_id": about.provider_id,
            "conversation": about.conversation,
            "code_version": CODE_VERSION,
            "worker": WORKER_ID,
        },
    )
    row = await cursor.fetchone()
    if row is None:
        raise LeaseLostError
    if row["fresh"]:
        metrics.NEW_FINGERPRINTS.inc()
