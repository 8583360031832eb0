"""Claims that stay cheap while somebody's long transaction keeps dead rows from being cleaned away.

What was worked leaves dead entries at the beginning of the ready index, and as long as any transaction is older than they
are, every claim from the beginning has to step over all of them (Brandur, "Failure by MVCC", 2015). So a claim begins where
the last one ended, a little before it; and from the beginning only as often as that takes little of the time: there is what
was tried before, what arrived late, and what has another priority.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.queue_worker import claims
from services.queue_worker.claims import ClaimedMessage
from shared.db.pool import Pool

# Receivers' clocks differ, and what they accepted at one moment becomes visible in any order.
OVERLAP = timedelta(seconds=2)
# Of the time that claims from the beginning may take.
SHARE = 0.1


@dataclass(slots=True)
class ReadyClaims:
    """One processor's claims of ready messages."""

    clock: Callable[[], float] = time.monotonic
    _floor: datetime | None = field(default=None)
    _next_whole: float = field(default=0.0)
    _more: bool = field(default=False)

    async def __call__(self, pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
        """Claim up to `limit` messages for `lease` seconds; what is passed over is claimed a little later.

        Where little is new and there was more before it, that is claimed too: history is long, and nothing else waits.
        """
        if self._floor is None or self.clock() >= self._next_whole:
            claimed = await self._claim_whole(pool, limit, lease)
        else:
            claimed = await claims.claim_batch_from(pool, limit, lease, self._floor)
            if self._more and len(claimed) < limit:
                claimed += await self._claim_whole(pool, limit - len(claimed), lease)
        if claimed:
            newest = max(message.created_at for message in claimed) - OVERLAP
            self._floor = newest if self._floor is None else max(self._floor, newest)
        return claimed

    async def _claim_whole(self, pool: Pool, limit: int, lease: float) -> list[ClaimedMessage]:
        began = self.clock()
        claimed = await claims.claim_batch(pool, limit, lease)
        ended = self.clock()
        self._next_whole = ended + (ended - began) / SHARE
        self._more = len(claimed) == limit
        return claimed
