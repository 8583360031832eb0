"""What each step costs, taken from what `make bench` measured on one machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# How the stages share an event's time in full batches and a batch's own, in the worker and in Postgres: docs/performance.md.
EVENT_SHARES = {"intake": 0.15, "claim": 0.07, "effects": 0.54, "relay": 0.24}
BATCH_SHARES = {"intake": 0.23, "claim": 0.19, "effects": 0.53, "relay": 0.05}
POSTGRES_SHARES = {"intake": 0.35, "claim": 0.10, "effects": 0.50, "relay": 0.05}
STATEMENTS = {"intake": 1, "claim": 1, "effects": 9, "relay": 1}
# Each event is published to two channels, and ten sockets listen to both.
FRAMES, SOCKETS = 2, 10
CLIENT_PER_POST_US = 250.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Seconds of the worker and of Postgres for each event and for each batch, and the statements of a batch."""

    worker_event: float
    worker_batch: float
    postgres_event: float
    postgres_batch: float
    statements: float

    def worker(self, events: int) -> float:
        return self.worker_event * events + self.worker_batch

    def postgres(self, events: int) -> float:
        return self.postgres_event * events + self.postgres_batch


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds. A round trip is what a message and its answer take between two machines, nothing on one."""

    receiver_event: float
    broker_event: float
    stages: Mapping[str, Stage]
    redis_frame: float
    gateway_event: float
    gateway_delivery: float
    client_post: float
    client_frame: float
    sync_p50: float
    sync_p99: float
    round_trip: float = 0.0


def measured_costs(results: Mapping[str, Mapping[str, Any]]) -> Costs:
    """Batches of hundreds show what an event costs; hardly any batching, at 200 events/s, what a batch does by itself."""
    receiver, limits = results["receiver"]["detail"]["ours"], results["limits"]["detail"]
    full = results["pipeline"]["detail"]["Prosa's worker"]["1"]
    alone = results["end_to_end"]["detail"]["cpu_us"]
    delivery = results["gateway"]["detail"]["Prosa"]["single_10_cpu_us"]
    return Costs(
        receiver_event=receiver["server_cpu_us"] / 1e6,
        broker_event=receiver["broker_cpu_us"] / 1e6,
        stages=_stages(full["client_cpu_us"], full["postgres_cpu_us"], alone["queue_worker"], alone["postgres"]),
        redis_frame=alone["redis"] / FRAMES / 1e6,
        gateway_event=max(0.0, alone["realtime_gateway"] - delivery * FRAMES * SOCKETS) / 1e6,
        gateway_delivery=delivery / 1e6,
        client_post=CLIENT_PER_POST_US / 1e6,
        client_frame=max(0.0, alone["clients"] - CLIENT_PER_POST_US) / (FRAMES * SOCKETS) / 1e6,
        sync_p50=limits["sync_p50_us"] / 1e6,
        sync_p99=limits["sync_p99_us"] / 1e6,
    )


def _stages(worker: float, postgres: float, worker_alone: float, postgres_alone: float) -> dict[str, Stage]:
    """Each stage's share in µs: of an event's cost in a full batch, and of what is added where nothing is shared."""
    added, added_postgres = max(0.0, worker_alone - worker), max(0.0, postgres_alone - postgres)
    return {
        name: Stage(
            worker * EVENT_SHARES[name] / 1e6,
            added * BATCH_SHARES[name] / 1e6,
            postgres * POSTGRES_SHARES[name] / 1e6,
            added_postgres * POSTGRES_SHARES[name] / 1e6,
            STATEMENTS[name],
        )
        for name in EVENT_SHARES
    }
