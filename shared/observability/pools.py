"""Gauges of a pool of connections to Postgres."""

from collections.abc import Mapping
from typing import Protocol

from prometheus_client import Gauge


class Pool(Protocol):
    """A pool that counts what it has."""

    def get_stats(self) -> Mapping[str, int]:
        """Counts by name, as psycopg's pools give them."""
        ...


def pool_connections(service: str) -> Gauge:
    """How many connections a service's pools have."""
    return Gauge(f"{service}_pool_connections", "Connections to Postgres, by pool and state.", ["pool", "state"])


def pool_waiting(service: str) -> Gauge:
    """How many wait for one."""
    return Gauge(f"{service}_pool_waiting", "Who waits for a connection to Postgres, by pool.", ["pool"])


def observe_pool(connections: Gauge, waiting: Gauge, name: str, pool: Pool) -> None:
    """Read a pool's gauges from this pool from now on."""
    connections.labels(name, "idle").set_function(lambda: pool.get_stats().get("pool_available", 0))
    connections.labels(name, "busy").set_function(
        lambda: pool.get_stats().get("pool_size", 0) - pool.get_stats().get("pool_available", 0)
    )
    waiting.labels(name).set_function(lambda: pool.get_stats().get("requests_waiting", 0))
