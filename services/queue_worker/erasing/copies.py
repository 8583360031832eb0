"""What Redis has of a person: the histories of channels, and what was kept for speed."""

from collections.abc import Iterable, Iterator

from redis.asyncio import Redis

from shared.events.live import channel_name
from shared.privacy.traces import Traces
from shared.pubsub.channels import history_key, position_key
from shared.pubsub.connection import pipelined


async def forget_copies(redis: Redis, clinic_id: int, traces: Traces, users: Iterable[int]) -> int:
    """Delete them; returns how many there were. Raises RedisError.

    Of channels that tell of others too, the clinic's and its users', the whole history goes, for its events are not sorted by
    person; their positions stay, so that who asks for what came since is told to fetch again.
    """
    answers = await pipelined(redis, [("DEL", key) for key in _keys(clinic_id, traces, users)])
    return sum(map(int, answers))


def _keys(clinic_id: int, traces: Traces, users: Iterable[int]) -> Iterator[str]:
    yield history_key(clinic_id, channel_name("empresa", clinic_id))
    yield f"conversations:clinic:{clinic_id}"
    for user in users:
        yield history_key(clinic_id, channel_name("atendente", user))
    for conversation in traces.conversations:
        yield history_key(clinic_id, channel_name("conversa", conversation))
        yield position_key(clinic_id, channel_name("conversa", conversation))
        yield f"conversation:{conversation}:detail"
    for contact in traces.contacts:
        yield f"patient:{contact}:data"
