"""How a process itself fares: which build it is, whether its loop turns in time, what collecting garbage costs."""

import asyncio
import gc
import platform
import time
from collections.abc import Callable
from typing import Any

from prometheus_client import Gauge, Histogram

from shared import VERSION

LAG_CHECK_SECONDS = 0.25


def build_info(service: str) -> Gauge:
    """A gauge that is always 1 and says by its labels what runs here."""
    gauge = Gauge(
        f"{service}_build_info",
        "1; the labels say which version runs, on which Python.",
        ["version", "python"],
        multiprocess_mode="livemax",
    )
    gauge.labels(VERSION, platform.python_version()).set(1)
    return gauge


def loop_lag(service: str) -> Histogram:
    """By how much a service's event loop was late, looked at four times a second."""
    return Histogram(
        f"{service}_loop_lag_seconds",
        "By how much the event loop was late.",
        buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5),
    )


def gc_pause(service: str) -> Histogram:
    """What collecting garbage took, of each collection of a service's process."""
    return Histogram(
        f"{service}_gc_pause_seconds",
        "What collecting garbage took.",
        buckets=(0.0001, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0),
    )


class CollectionPauses:
    """Notes what each collection took, as a callback of `gc`.

    It only notes: a collection may begin while the lock of a metric is held, which an observation would wait for for ever.
    """

    def __init__(self) -> None:
        self._began = 0.0
        self._noted: list[float] = []

    def __call__(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self._noted.append(time.perf_counter() - self._began)

    def take(self) -> list[float]:
        """What was noted since the last time."""
        taken, self._noted = self._noted, []
        return taken


async def watch_vitals(lag: Histogram, pause: Histogram, each_time: Callable[[], None] | None = None) -> None:
    """Measure until cancelled how late the loop is and what collections take; `each_time` does what is due as often."""
    pauses = CollectionPauses()
    gc.callbacks.append(pauses)
    loop = asyncio.get_running_loop()
    try:
        while True:
            due = loop.time() + LAG_CHECK_SECONDS
            await asyncio.sleep(LAG_CHECK_SECONDS)
            lag.observe(max(0.0, loop.time() - due))
            for seconds in pauses.take():
                pause.observe(seconds)
            if each_time is not None:
                each_time()
    finally:
        gc.callbacks.remove(pauses)
