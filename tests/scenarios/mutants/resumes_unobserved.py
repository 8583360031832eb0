"""A gateway with a fault that has to be found: what passes while a history is read is in no reply. Not the product."""

import asyncio

from services.realtime_gateway.channels import resume
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.channels.resume import Standing, reachable
from services.realtime_gateway.protocol.positions import Position, contiguous, read_frames
from tests.scenarios.mutants.started import start


async def resumed(histories: HistoryReader, channel: Channel, since: Position, here: Position) -> Standing:
    """`resume._resume`, without observing the channel meanwhile."""
    if not reachable(since, here):
        return Standing(here, None)
    history = await histories.read(channel.clinic_id, channel.name, since.seq)
    await asyncio.sleep(0.1)  # an answer from Redis may take that long
    return Standing(channel.position or here, contiguous(since.seq, history.seq, read_frames(history)))


if __name__ == "__main__":
    resume._resume = resumed
    start()
