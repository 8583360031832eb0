"""A call to Evolution and the meaning of its answer."""

import time

from services.queue_worker import metrics
from services.queue_worker.sending.answers import Answer, read_answer
from services.queue_worker.sending.calls import Call
from services.queue_worker.sending.evolution_client import EvolutionClient, Reply
from services.queue_worker.sending.way_out import Way


async def ask(evolution: EvolutionClient, way: Way, call: Call, kind: str, timeout: float | None = None) -> Answer:
    """Make a call for an order of that kind. `timeout` in seconds, where it is not the client's own."""
    started = time.perf_counter()
    reply = await evolution.call(way.door, call, timeout)
    metrics.SEND_SECONDS.observe(time.perf_counter() - started)
    return read_answer(reply.status, reply.body, kind) if isinstance(reply, Reply) else reply
