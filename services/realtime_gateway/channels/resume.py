"""What a client missed of a channel since a position it names: all of it, or the word that it must refetch."""

from itertools import chain
from typing import NamedTuple

from services.realtime_gateway import metrics
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.channels.histories import HistoryReader
from services.realtime_gateway.protocol.positions import Frame, Position, contiguous, read_frames
from shared.pubsub.history import HISTORY_SIZE, ChannelHistory

# A larger replay costs more than refetching, and could look like a slow reader's backlog.
MOST_REPLAYED_BYTES = 256 * 1024


def replay(since: Position, until: Position, history: ChannelHistory, passed: list[Frame]) -> list[Frame] | None:
    """The events after `since` up to `until`, from a history and from what was passed on while it was being read.

    None unless all of them are there and belong to the same epoch. Pure.
    """
    if not since.epoch == until.epoch == history.epoch or since.seq > until.seq:
        return None
    frames = contiguous(since.seq, until.seq, chain(read_frames(history), passed))
    if frames is None or sum(len(frame.payload) for frame in frames) > MOST_REPLAYED_BYTES:
        return None
    return frames


def reachable(since: Position, here: Position) -> bool:
    """Whether history may lead from there to here."""
    return since.epoch == here.epoch and 0 <= here.seq - since.seq <= HISTORY_SIZE


class Standing(NamedTuple):
    """Where a channel stands, and what leads there from a client's position: None where the client refetches."""

    position: Position
    missed: list[Frame] | None


async def stand(histories: HistoryReader, channel: Channel, since: Position | None) -> Standing:
    """Where the channel stands at the moment this returns. Raises RedisError.

    Nothing may be awaited between its return and the client's admission to the channel: the client is to have each
    event either from here or live.
    """
    here = await channel.level()
    if since is None:
        return Standing(here, None)
    if since.epoch == here.epoch and since.seq > here.seq:
        # The client heard of an event before this gateway did: another's link was faster.
        channel.fall_behind()
        here = await channel.level()
    standing = await _resume(histories, channel, since, here)
    metrics.RESUMES.labels("refetch" if standing.missed is None else "recovered").inc()
    metrics.RESUMED_EVENTS.inc(len(standing.missed or ()))
    return standing


async def _resume(histories: HistoryReader, channel: Channel, since: Position, here: Position) -> Standing:
    if since == here:
        return Standing(here, [])
    if not reachable(since, here):
        return Standing(here, None)
    with channel.observed() as passed:
        history = await histories.read(channel.clinic_id, channel.name, since.seq)
        here = channel.position or here
        return Standing(here, replay(since, here, history, passed))
