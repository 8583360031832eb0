"""What a request has told in its transaction, so that what that makes stale is dropped before the request is answered.

The worker's relay drops the same before it publishes. That the API does it too lets whoever wrote see what they wrote.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from shared.db import outbox
from shared.db.pool import Connection
from shared.events.cached import stale_keys
from shared.events.live import LiveEvent

_stale: ContextVar[set[str] | None] = ContextVar("stale", default=None)


async def append_outbox(connection: Connection, clinic_id: int, events: Sequence[LiveEvent]) -> None:
    """Append events of one clinic, as `shared.db.outbox` does, and note what they make stale."""
    noted = _stale.get()
    if noted is not None:
        noted.update(*(stale_keys(event, clinic_id) for event in events))
    await outbox.append_outbox(connection, clinic_id, events)


def note_stale(key: str) -> None:
    """Note what is told to nobody else."""
    noted = _stale.get()
    if noted is not None:
        noted.add(key)


@contextmanager
def noting_stale() -> Iterator[set[str]]:
    """Keys of what was told inside the block, also by tasks begun in it. Whether it was committed nobody asks."""
    noted: set[str] = set()
    token = _stale.set(noted)
    try:
        yield noted
    finally:
        _stale.reset(token)
