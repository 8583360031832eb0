"""How the process itself fares: whether its loop turns in time, and what collecting garbage costs."""

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Any

from services.realtime_gateway import metrics

LAG_CHECK_SECONDS = 0.25
# A full collection takes some 40 ms for a thousand connections, which are freed by their counts alone. So they are rare.
GENERATIONS = (50_000, 20, 50)


class CollectionPauses:
    """Measures each collection; to be put into `gc.callbacks`."""

    def __init__(self) -> None:
        self._began = 0.0

    def __call__(self, phase: str, _info: dict[str, Any]) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            metrics.GC_PAUSE.observe(time.perf_counter() - self._began)


def tune_collection() -> CollectionPauses:
    """Leave what was loaded for good out of every collection, and measure those that are left."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GENERATIONS)
    pauses = CollectionPauses()
    gc.callbacks.append(pauses)
    return pauses


async def watch_lag(each_time: Callable[[], None]) -> None:
    """Measure by how much the loop is late, until cancelled; `each_time` does what is due as often."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LAG_CHECK_SECONDS
        await asyncio.sleep(LAG_CHECK_SECONDS)
        metrics.LOOP_LAG.observe(max(0.0, loop.time() - due))
        each_time()
