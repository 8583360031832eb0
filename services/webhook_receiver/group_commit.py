"""Group commit: while one write is being made durable, what arrives meanwhile gathers and goes as the next one.

The longer a write takes, the more share the next: throughput rises with load and nobody waits for a timer. After
PostgreSQL's and Galera's group commit; what it is worth here is measured in `docs/benchmarks.md`.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

Commit = Callable[[Sequence[bytes]], Awaitable[None]]

MAX_BATCH_EVENTS = 1000
MAX_BATCH_BYTES = 4 * 1024**2


class NotDurableError(Exception):
    """What was handed in could not be made durable; it may be handed in again."""


class GroupCommit:
    """Gathers what concurrent callers append into one `commit` at a time, which raises NotDurableError or succeeds."""

    def __init__(self, commit: Commit, *, max_pending_bytes: int) -> None:
        self._commit = commit
        self._max_pending_bytes = max_pending_bytes
        self._waiting: deque[tuple[bytes, asyncio.Future[None]]] = deque()
        self._arrived = asyncio.Event()
        self.pending_bytes = 0

    async def append(self, part: bytes) -> None:
        """Return once the part is durable. Raises NotDurableError; then it is unknown whether it is."""
        if self.pending_bytes + len(part) > self._max_pending_bytes:
            raise NotDurableError("too much is waiting to be made durable")
        durable = asyncio.get_running_loop().create_future()
        self._waiting.append((part, durable))
        self.pending_bytes += len(part)
        self._arrived.set()
        try:
            await durable
        finally:
            self.pending_bytes -= len(part)

    async def run(self) -> None:
        """Commit what gathers, until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await self._commit_batch(self._take_batch())

    def _take_batch(self) -> list[tuple[bytes, asyncio.Future[None]]]:
        batch = [self._waiting.popleft()]
        size = len(batch[0][0])
        while self._waiting and len(batch) < MAX_BATCH_EVENTS and size + len(self._waiting[0][0]) <= MAX_BATCH_BYTES:
            batch.append(self._waiting.popleft())
            size += len(batch[-1][0])
        return batch

    async def _commit_batch(self, batch: list[tuple[bytes, asyncio.Future[None]]]) -> None:
        error: NotDurableError | None = None
        try:
            await self._commit([part for part, _ in batch])
        except NotDurableError as raised:
            error = raised
        for _, durable in batch:
            if durable.done():  # its caller went away
                continue
            if error is None:
                durable.set_result(None)
            else:
                durable.set_exception(NotDurableError(str(error)))
