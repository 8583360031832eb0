"""The gateway, with one thing more on /metrics: which asyncio tasks it has, and how many. No part of the product."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tests.scenarios.mutants.started import start


class Tasks(Collector):
    """Counts tasks by what they do."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        gauge = GaugeMetricFamily("realtime_gateway_test_tasks", "Tasks that are not done.", labels=["what"])
        for what, number in Counter(map(_what, asyncio.all_tasks())).items():
            gauge.add_metric([what], number)
        yield gauge

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """There is no loop yet when it is registered."""
        yield GaugeMetricFamily("realtime_gateway_test_tasks", "Tasks that are not done.", labels=["what"])


def _what(task: asyncio.Task[object]) -> str:
    return getattr(task.get_coro(), "__qualname__", "unknown")


if __name__ == "__main__":
    REGISTRY.register(Tasks())
    start()
