"""Every metric of the gateway. No label names a clinic, a user or a channel: those have no bound."""

from prometheus_client import Counter, Gauge, Histogram

from shared.observability.vitals import build_info, gc_pause, loop_lag

CONNECTIONS = Gauge(
    "realtime_gateway_connections", "Agents' sockets that are authenticated and open.", multiprocess_mode="livesum"
)
OPENED = Counter("realtime_gateway_connections_opened_total", "Sockets that got as far as `connected`.")
CLOSED = Counter(
    "realtime_gateway_connections_closed_total", "Sockets that had been opened and ended, by why.", ["reason"]
)
REJECTED = Counter(
    "realtime_gateway_handshakes_rejected_total", "Sockets refused before `connected`, by why.", ["reason"]
)
HANDSHAKE = Histogram(
    "realtime_gateway_handshake_seconds",
    "From an accepted socket to `connected`: authentication and the first channels.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)

COMMANDS = Counter(
    "realtime_gateway_commands_total", "Client commands answered, by type and outcome.", ["type", "outcome"]
)
AUTHORITY = Counter(
    "realtime_gateway_authority_answers_total", "Rights asked of the API or its cache, by answer.", ["answer"]
)
AUTHORITY_DURATION = Histogram(
    "realtime_gateway_authority_seconds",
    "What asking the API for a right took.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)

EXPIRING = Counter("realtime_gateway_tokens_expiring_total", "Clients warned that their token is about to expire.")
RENEWED = Counter("realtime_gateway_tokens_renewed_total", "Tokens renewed on live sockets.")
RATE_LIMITED = Counter(
    "realtime_gateway_rate_limited_total", "Client commands refused because too many came before them."
)
PING_RTT = Histogram(
    "realtime_gateway_ping_rtt_seconds",
    "From a ping to its pong.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
DRAINING = Gauge(
    "realtime_gateway_draining",
    "1 while clients are being sent away because this process ends.",
    multiprocess_mode="livemax",
)

EFFECT_DURATION = Histogram(
    "realtime_gateway_effect_seconds",
    "What it took the API to carry out a command that changes something.",
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
POLLS = Counter("realtime_gateway_polls_total", "Polls answered, by what there was to tell.", ["outcome"])
POLLS_WAITING = Gauge(
    "realtime_gateway_polls_waiting", "Polls that have their channels and wait.", multiprocess_mode="livesum"
)
POLL_DURATION = Histogram(
    "realtime_gateway_poll_seconds",
    "How long polls were held.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0),
)
HTTP_REFUSED = Counter(
    "realtime_gateway_http_refused_total",
    "Polls and posted commands that got an error over HTTP, by its status.",
    ["status"],
)

EVENTS = Counter("realtime_gateway_events_total", "Events received from Redis.")
DELIVERED = Counter("realtime_gateway_frames_delivered_total", "Frames written to sockets.")
WRITES = Counter("realtime_gateway_writes_total", "Writes to sockets; each carries all frames of its loop tick.")
FRAMES_PER_WRITE = Histogram(
    "realtime_gateway_frames_per_write",
    "Frames that shared one write, averaged over the sockets of one loop tick.",
    buckets=(1, 1.5, 2, 4, 8, 16, 32, 64, 128),
)
EVENT_AGE = Histogram(
    "realtime_gateway_delivery_latency_seconds",
    "From an event's own timestamp to its hand-over to the sockets.",
    buckets=(0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0),
)

BYTES = Counter("realtime_gateway_bytes_sent_total", "Bytes of frames written to sockets.")
SLOW = Gauge(
    "realtime_gateway_slow_connections",
    "Sockets whose clients read more slowly than they are written to.",
    multiprocess_mode="livesum",
)
DROPPED = Counter(
    "realtime_gateway_ephemeral_dropped_total", "Typing and presence not sent to clients that do not keep up."
)

CHANNELS = Gauge("realtime_gateway_channels", "Channels that somebody here listens to.", multiprocess_mode="livesum")
SUBSCRIPTIONS = Gauge(
    "realtime_gateway_subscriptions", "Listeners of channels: sockets and polls.", multiprocess_mode="livesum"
)
GAPS = Counter(
    "realtime_gateway_gaps_total",
    "Channels that had missed events, healed from history or reset (clients refetch).",
    ["outcome"],
)
HEALED_EVENTS = Counter("realtime_gateway_healed_events_total", "Missed events delivered from history.")
RESUMES = Counter(
    "realtime_gateway_resumes_total", "Joins that named a position, by whether nothing was missed.", ["outcome"]
)
RESUMED_EVENTS = Counter("realtime_gateway_resumed_events_total", "Events replayed to clients that resumed.")

FAULTS = Counter("realtime_gateway_faults_total", "Tasks that failed as nobody has foreseen; the log has each.")
BUILD = build_info("realtime_gateway")
LOOP_LAG = loop_lag("realtime_gateway")
GC_PAUSE = gc_pause("realtime_gateway")

PRESENCE_USERS = Gauge(
    "realtime_gateway_presence_users",
    "Users known to be present in the clinics that have sockets here.",
    multiprocess_mode="livemax",
)
PRESENCE_TRANSITIONS = Counter(
    "realtime_gateway_presence_transitions_total", "Changes of a user's status that this process caused.", ["status"]
)
PRESENCE_DURATION = Histogram(
    "realtime_gateway_presence_update_seconds",
    "One round trip that tells Redis who is where: arrivals, departures and refreshes.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
PRESENCE_REAPED = Counter(
    "realtime_gateway_presence_reaped_total", "Connections removed because their time had run out."
)

REDIS_LINK = Gauge(
    "realtime_gateway_redis_link_up",
    "Publish/subscribe links to Redis that answer: 1, in a cluster 1 for each node.",
    multiprocess_mode="livemin",
)
REDIS_LINKS = Gauge(
    "realtime_gateway_redis_links",
    "Publish/subscribe links to Redis that there should be: 1, in a cluster 1 for each node.",
    multiprocess_mode="livemax",
)
REDIS_LOST = Counter(
    "realtime_gateway_redis_reconnects_total", "Times the publish/subscribe link was lost and sought again."
)
REDIS_PROBE = Histogram(
    "realtime_gateway_redis_probe_seconds",
    "From publishing a probe to its return on the publish/subscribe link.",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
REDIS_PROBE_FAILURES = Counter(
    "realtime_gateway_redis_probe_failures_total", "Probes that did not come back in time: the link was given up."
)
POSITION_CHECKS = Counter(
    "realtime_gateway_position_checks_total",
    "Channels whose position was compared with Redis' although nothing came, by result.",
    ["result"],
)

# Series that exist from the start, so that a rate over them is right from the first event on.
for _outcome in ("healed", "reset"):
    GAPS.labels(_outcome)
for _result in ("level", "behind"):
    POSITION_CHECKS.labels(_result)
for _reason in ("full", "storm", "clinic_full", "events_unavailable", "token"):
    REJECTED.labels(_reason)
