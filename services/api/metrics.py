"""Every metric of the API. No label names a tenant, a person or a thing: their number must stay bounded."""

from collections.abc import Callable, Sized
from functools import partial
from typing import Protocol

from prometheus_client import Counter, Gauge, Histogram

from shared.observability.pools import pool_connections, pool_waiting
from shared.observability.vitals import build_info, gc_pause, loop_lag


class SizedMemory(Sized, Protocol):
    """What the cache holds in memory."""

    bytes: int
    evictions: int


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
CACHE_REQUESTS = Counter("api_cache_requests", "Questions to a layer of the cache.", ["type", "layer", "outcome"])
CACHE_ANSWER_DURATION = Histogram(
    "api_cache_answer_duration_seconds",
    "Time from a question to the cache to its answer.",
    ["type", "source"],
    buckets=(0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
)
CACHE_STORES = Counter(
    "api_cache_stores", "Entries that were read, by what became of keeping them.", ["type", "outcome"]
)
CACHE_DROPS = Counter("api_cache_drops", "Keys invalidated by this process' own writes.", ["outcome"])
CACHE_EARLY = Counter("api_cache_early_readings", "Entries read anew before their time was over.")
CACHE_PREPARED = Counter("api_cache_prepared", "Entries made ready before anybody asked.", ["reason", "outcome"])
CACHE_AHEAD_USED = Counter("api_cache_prepared_used", "Entries made ready that somebody then asked for.")
CACHE_WAITS_IN_VAIN = Counter(
    "api_cache_waits_in_vain", "Waits for another process that did not finish reading in time."
)
CACHE_MEMORY_BYTES = Gauge("api_cache_memory_bytes", "Bytes that the cache holds in memory.")
CACHE_MEMORY_ENTRIES = Gauge("api_cache_memory_entries", "Entries that the cache holds in memory.")
CACHE_MEMORY_EVICTIONS = Gauge(
    "api_cache_memory_evictions", "Entries that memory had no room for any more, since the start."
)
CACHE_LINK = Gauge("api_cache_link", "Whether the cache has its link to Redis.")
CACHE_LINKS_LOST = Counter("api_cache_links_lost", "Links to Redis that were lost or fell silent.")
CACHE_BREAKER = Gauge("api_cache_breaker", "1 for the state the breaker is in.", ["state"])
READS_NOTED = Counter(
    "api_reads", "Entries about who looked at a conversation, or attempts to store some.", ["outcome"]
)
READS_WAITING = Gauge("api_reads_waiting", "Entries about who looked at a conversation that are not stored yet.")
REPLICA_READS = Counter("api_replica_reads", "Reads for which the replica was considered.", ["outcome"])
POOL_CONNECTIONS = pool_connections("api")
POOL_WAITING = pool_waiting("api")
BUILD = build_info("api")
LOOP_LAG = loop_lag("api")
GC_PAUSE = gc_pause("api")

# Series that exist from the start, so that a rate over them is right from the first event on.
for _outcome in ("success", "failure", "limited"):
    LOGINS.labels(_outcome)
for _outcome in ("published", "failed"):
    WAKES.labels(_outcome)
for _outcome in ("stored", "failed"):
    READS_NOTED.labels(_outcome)
for _outcome in ("stored", "too_large", "refused", "failed"):
    UPLOADS.labels(_outcome)
for _outcome in ("confirmed", "unconfirmed"):
    CACHE_DROPS.labels(_outcome)


def observe_cache(memory: SizedMemory, breaker_state: Callable[[], str]) -> None:
    """Read the cache's gauges from this one from now on."""
    CACHE_MEMORY_BYTES.set_function(lambda: memory.bytes)
    CACHE_MEMORY_ENTRIES.set_function(lambda: len(memory))
    CACHE_MEMORY_EVICTIONS.set_function(lambda: memory.evictions)
    for state in ("closed", "open", "half_open"):
        CACHE_BREAKER.labels(state).set_function(partial(_is_state, breaker_state, state))


def _is_state(breaker_state: Callable[[], str], state: str) -> float:
    return float(breaker_state() == state)
