"""Every metric of the receiver."""

from prometheus_client import Counter, Gauge, Histogram

from shared.observability.pools import pool_connections, pool_waiting
from shared.observability.vitals import build_info, gc_pause, loop_lag

BUILD = build_info("webhook_receiver")
LOOP_LAG = loop_lag("webhook_receiver")
GC_PAUSE = gc_pause("webhook_receiver")
POOL_CONNECTIONS = pool_connections("webhook_receiver")
POOL_WAITING = pool_waiting("webhook_receiver")

ANSWERS = Counter(
    "webhook_receiver_answers_total", "Webhooks answered, by kind of source and status.", ["kind", "status"]
)
DURATION = Histogram(
    "webhook_receiver_duration_seconds",
    "From the request's head to its answer, for webhooks made durable.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
BATCH_EVENTS = Histogram(
    "webhook_receiver_batch_events",
    "Webhooks that shared one publish.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512),
)
CONFIRM = Histogram(
    "webhook_receiver_confirm_seconds",
    "From a publish to the broker's confirm.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
PUBLISH_FAILURES = Counter("webhook_receiver_publish_failures_total", "Publishes not confirmed, by reason.", ["reason"])
PENDING_BYTES = Gauge("webhook_receiver_pending_bytes", "Bytes of webhooks waiting for their confirm.")
BROKER_CONNECTED = Gauge("webhook_receiver_broker_connected", "1 while there is a channel to publish on.")
BROKER_BLOCKED = Gauge(
    "webhook_receiver_broker_blocked", "1 while an alarm of the broker (disk or memory) keeps it from taking webhooks."
)
READING_BYTES = Gauge("webhook_receiver_reading_bytes", "Bytes of larger bodies that are being read or judged.")
RATE_LIMITED = Counter("webhook_receiver_rate_limited_total", "Webhooks refused because their source sends too fast.")
SIGNATURES = Counter(
    "webhook_receiver_signatures_total", "Webhooks of sources that must sign, by what was found.", ["outcome"]
)
SOURCES = Gauge("webhook_receiver_sources", "Sources known.")
SOURCE_REFRESH_FAILURES = Counter(
    "webhook_receiver_source_refresh_failures_total",
    "Times the sources could not be read; the last ones known stay in use.",
)
SPOOLING = Gauge("webhook_receiver_spooling", "1 while webhooks are made durable in the spool instead of the broker.")
SPOOL_BYTES = Gauge("webhook_receiver_spool_bytes", "Bytes in the spool that wait for the broker.")
SPOOL_AGE = Gauge("webhook_receiver_spool_oldest_age_seconds", "How long the oldest of them has waited, or 0.")
SPOOLED = Counter("webhook_receiver_spooled_total", "Webhooks made durable in the spool.")
DRAINED = Counter("webhook_receiver_drained_total", "Webhooks brought from the spool to the broker.")
SPOOL_FAILURES = Counter(
    "webhook_receiver_spool_failures_total", "Writes that the spool refused, by reason.", ["reason"]
)

# Series that exist from the start, so that a rate over them is right from the first event on.
for _outcome in ("verified", "missing_signature", "wrong_signature", "stale_timestamp", "unreadable_secret"):
    SIGNATURES.labels(_outcome)
for _kind in ("evolution", "n8n"):
    for _status in (200, 503):
        ANSWERS.labels(_kind, _status)
