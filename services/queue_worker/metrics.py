"""Every metric of the worker."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from services.queue_worker.delivery_kinds import DELIVERY_KINDS
from services.queue_worker.interpretation.event_names import KNOWN_EVENTS
from services.queue_worker.send_kinds import KINDS
from shared.observability.pools import pool_connections, pool_waiting
from shared.observability.vitals import build_info, gc_pause, loop_lag

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)

BUILD = build_info("queue_worker")
LOOP_LAG = loop_lag("queue_worker")
GC_PAUSE = gc_pause("queue_worker")
POOL_CONNECTIONS = pool_connections("queue_worker")
POOL_WAITING = pool_waiting("queue_worker")

INTAKE_EVENTS = Counter("queue_worker_intake_events_total", "Events taken in, by outcome.", ["outcome"])
INTAKE_BATCH = Histogram("queue_worker_intake_batch_events", "Events stored by one intake transaction.", buckets=SIZES)
INTAKE_FAILURES = Counter("queue_worker_intake_failures_total", "Intake transactions that failed and were tried again.")
BROKER_CONNECTED = Gauge("queue_worker_broker_connected", "1 while webhooks are being consumed.")
EVENTS = Counter("queue_worker_events_total", "Events worked, by name and outcome.", ["event", "outcome"])
IGNORED = Counter(
    "queue_worker_ignored_events_total", "Events kept without an effect, by name and reason.", ["event", "reason"]
)
PROCESS_BATCH = Histogram("queue_worker_batch_events", "Events claimed at once.", buckets=SIZES)
PROCESS_SECONDS = Histogram("queue_worker_batch_seconds", "From a claim to its commit.", buckets=SECONDS)
EVENT_AGE = Histogram(
    "queue_worker_event_age_seconds",
    "From the receiver's acceptance of an event to the commit of its effect.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0),
)
FAILURES = Counter("queue_worker_failures_total", "Failed attempts, by class.", ["error_class"])
DEAD = Counter("queue_worker_dead_letters_total", "Messages set aside for an operator, by class.", ["error_class"])
LEASES_LOST = Counter("queue_worker_leases_lost_total", "Completions refused because the lease had passed to another.")
LEASES_EXPIRED = Counter("queue_worker_leases_expired_total", "Messages taken back from a worker that died or stalled.")
SENDS = Counter("queue_worker_sends_total", "Calls to Evolution, by kind and outcome.", ["kind", "outcome"])
LOOKED_FOR = Counter(
    "queue_worker_reconciled_sends_total", "Sends without an answer that were looked for in Evolution.", ["outcome"]
)
PAUSES = Counter("queue_worker_source_pauses_total", "Times that a source was given a rest, by reason.", ["reason"])
PAUSED = Gauge("queue_worker_paused_sources", "Sources that rest now, by reason.", ["reason"])
SEND_SECONDS = Histogram("queue_worker_send_seconds", "Duration of a send's HTTP call.", buckets=SECONDS)
DELIVERIES = Counter(
    "queue_worker_deliveries_total", "Calls to clinics' own systems, by event and outcome.", ["event", "outcome"]
)
DELIVERY_SECONDS = Histogram("queue_worker_delivery_seconds", "Duration of a delivery's HTTP call.", buckets=SECONDS)
DELIVERY_AGE = Histogram(
    "queue_worker_delivery_age_seconds",
    "From an event's commit to its delivery.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 600.0, 3600.0, 86_400.0),
)
DESTINATIONS_RESTING = Gauge("queue_worker_resting_destinations", "Destinations of webhooks that are given a rest.")
RELAYED = Counter("queue_worker_relayed_events_total", "Live events published.")
RELAY_FAILURES = Counter("queue_worker_relay_failures_total", "Relay rounds that failed and were tried again.")
RELAY_AGE = Histogram("queue_worker_relay_age_seconds", "From a live event's commit to its publish.", buckets=SECONDS)
DEPTH = Gauge("queue_worker_queue_depth", "Rows in the queue by status; dead letters; outbox.", ["state"])
OLDEST = Gauge("queue_worker_queue_oldest_age_seconds", "How long the oldest of what is ready has waited.", ["kind"])
BROKER_MESSAGES = Gauge("queue_worker_broker_messages", "Messages that wait in RabbitMQ, by queue.", ["queue"])
IDENTITY_CONFLICTS = Counter(
    "queue_worker_identity_conflicts_total",
    "Events whose addresses belong to more than one contact; the first one got it.",
)
IDENTITY_MERGES = Counter(
    "queue_worker_identity_merges_total", "Contacts found to be one with another, and merged into it."
)
SOURCES_ACTIVE = Gauge("queue_worker_active_sources", "Sources whose webhooks are taken.")
SOURCES_SILENT = Gauge(
    "queue_worker_silent_sources",
    "Active sources of which nothing was heard for longer than so many seconds.",
    ["longer_than"],
)
RECONCILED = Counter("queue_worker_reconciled_messages_total", "Messages that Evolution has and its webhooks lost.")
RECONCILIATIONS = Counter("queue_worker_reconciliations_total", "Comparisons with Evolution, by outcome.", ["outcome"])
CHANGES_SETTLED = Counter(
    "queue_worker_changes_settled_late_total",
    "Messages that got edits, reactions or statuses that had come before them.",
)
MEDIA_JOBS = Counter(
    "queue_worker_media_jobs_total", "Tries to fetch a file, by origin and outcome.", ["origin", "outcome"]
)
MEDIA_BYTES = Counter("queue_worker_media_bytes_total", "Bytes of files fetched and stored.")
MEDIA_SECONDS = Histogram(
    "queue_worker_media_seconds",
    "From a media job's claim to its end, by origin.",
    ["origin"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 120.0),
)
MEDIA_PENDING = Gauge("queue_worker_media_pending", "Files that are still to be fetched.")
MEDIA_OLDEST = Gauge("queue_worker_media_oldest_seconds", "Age of the oldest file that is still to be fetched.")
MEDIA_SWEPT = Counter("queue_worker_media_swept_total", "Uploads, files and halves of files taken away.", ["kind"])

NEW_FINGERPRINTS = Counter("queue_worker_dead_letter_fingerprints_total", "Dead letters of a kind not seen before.")
DEAD_NOW = Gauge(
    "queue_worker_dead_letters_waiting",
    "Dead letters that wait for an operator, without muted ones.",
    ["reason", "event"],
)
DEAD_AGE = Gauge("queue_worker_dead_letter_oldest_age_seconds", "Age of the oldest of them.")
DEAD_EXPIRED = Counter("queue_worker_dead_letters_expired_total", "Dead letters deleted at the end of their retention.")
ERASED = Counter("queue_worker_persons_erased_total", "Persons erased, to the end.")
RETIRED = Counter("queue_worker_retired_total", "What went because clinics keep it no longer.", ["kind"])
REPLAYS = Counter("queue_worker_replays_total", "Dead letters worked again, by outcome.", ["outcome"])
UNDELIVERABLE = Counter(
    "queue_worker_undeliverable_total", "Webhooks drained from the broker's own dead letters into ours."
)

# Series that exist from the start, so that a rate over them is right from the first event on.
for _class in ("transient", "permanent", "unavailable"):
    FAILURES.labels(_class)
    DEAD.labels(_class)
for _outcome in ("sent", "unknown", "transient", "permanent", "unavailable"):
    SENDS.labels("send.text", _outcome)

SEND_KINDS = frozenset(KINDS)
LABELS = KNOWN_EVENTS | SEND_KINDS | DELIVERY_KINDS


def event_label(name: str) -> str:
    """The name as a label: senders choose names, and a label must not grow with their imagination."""
    return name if name in LABELS else "other"


def send_label(kind: str) -> str:
    """The kind of a send as a label, for the same reason."""
    return kind if kind in SEND_KINDS else "other"


def count_replay(metadata: Mapping[str, object], outcome: str) -> None:
    """Count a replayed dead letter that came to its end; others are not counted."""
    if "replay_of" in metadata:
        REPLAYS.labels(outcome).inc()
