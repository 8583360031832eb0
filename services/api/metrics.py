"""Every metric of the API. No label names a tenant, a person or a thing: their number must stay bounded."""

from prometheus_client import Counter, Gauge, Histogram

from shared.db.pool import Pool

REQUESTS = Counter("api_requests", "Requests answered.", ["route", "method", "status"])
REQUEST_DURATION = Histogram(
    "api_request_duration_seconds",
    "Time from a request's headers to its answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
MESSAGES_SENT = Counter("api_messages_sent", "Agents' messages stored and queued; a replayed request counts once.")
LOGINS = Counter("api_logins", "Attempts to sign in.", ["outcome"])
WAKES = Counter("api_wakes", "Signals to the workers that something is queued.", ["outcome"])
DEADLINES = Counter("api_deadlines", "Requests that got a 503 because their answer took too long.")
UPLOADS = Counter("api_uploads", "Files from clients, by outcome.", ["outcome"])
SERVED_BYTES = Counter("api_served_file_bytes", "Bytes of files sent to clients.")
READS_NOTED = Counter(
    "api_reads", "Entries about who looked at a conversation, or attempts to store some.", ["outcome"]
)
READS_WAITING = Gauge("api_reads_waiting", "Entries about who looked at a conversation that are not stored yet.")
POOL_CONNECTIONS = Gauge("api_pool_connections", "Connections to Postgres.", ["state"])
POOL_WAITING = Gauge("api_pool_waiting", "Requests waiting for a connection to Postgres.")

# Series that exist from the start, so that a rate over them is right from the first event on.
for _outcome in ("success", "failure", "limited"):
    LOGINS.labels(_outcome)
for _outcome in ("published", "failed"):
    WAKES.labels(_outcome)
for _outcome in ("stored", "failed"):
    READS_NOTED.labels(_outcome)
for _outcome in ("stored", "too_large", "refused", "failed"):
    UPLOADS.labels(_outcome)


def observe_pool(pool: Pool) -> None:
    """Read the pool's gauges from this pool from now on."""
    POOL_CONNECTIONS.labels("idle").set_function(lambda: pool.get_stats().get("pool_available", 0))
    POOL_CONNECTIONS.labels("busy").set_function(
        lambda: pool.get_stats().get("pool_size", 0) - pool.get_stats().get("pool_available", 0)
    )
    POOL_WAITING.set_function(lambda: pool.get_stats().get("requests_waiting", 0))
