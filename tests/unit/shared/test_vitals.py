"""How a process fares, as it measures it."""

import asyncio
import gc

from prometheus_client import CollectorRegistry, Histogram

from shared.observability.vitals import CollectionPauses, watch_vitals
from tests.waiting import until


def histogram(registry: CollectorRegistry, name: str) -> Histogram:
    return Histogram(name, "Seconds.", registry=registry)


async def test_collections_and_lateness_are_measured_until_it_is_cancelled() -> None:
    """And nothing is left behind in the interpreter."""
    registry, before = CollectorRegistry(), list(gc.callbacks)
    rounds: list[int] = []
    watching = asyncio.create_task(
        watch_vitals(histogram(registry, "lag"), histogram(registry, "pause"), lambda: rounds.append(1))
    )
    await until(lambda: len(gc.callbacks) > len(before))
    gc.collect()

    await until(lambda: bool(rounds))
    watching.cancel()
    await asyncio.wait({watching})

    assert (registry.get_sample_value("pause_count") or 0) >= 1
    assert (registry.get_sample_value("lag_count") or 0) >= 1
    assert gc.callbacks == before


def test_a_collection_is_noted_once() -> None:
    """Each has a pause of its own, taken once."""
    pauses = CollectionPauses()
    for phase in ("start", "stop", "start", "stop"):
        pauses(phase, {})

    assert len(pauses.take()) == 2
    assert pauses.take() == []
