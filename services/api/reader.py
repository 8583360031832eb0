"""Where reads are done: on the replica where there is one that has everything the primary had when they began.

So they show what whoever asks has written or been told of, through whichever process, and what the cache keeps of them is
no older than what it would keep of the primary (`docs/adr/0031`).
"""

from typing import TypeVar

from services.api.positions import Position, read_position
from services.api.replica import Replica, UnfitError, Work
from services.api.sessions import speaker_transaction
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.db.tenant import tenant_transaction

T = TypeVar("T")


class Reader:
    """Does reading work in one transaction, and, where the replica fails in the midst of it, a second time."""

    def __init__(self, primary: Pool, replica: Replica | None = None) -> None:
        self._primary = primary
        self._replica = replica

    async def read(self, clinic_id: int, work: Work[T]) -> T:
        """What the work finds for a clinic."""
        replica = self._replica
        if replica is not None and replica.admits():
            async with self._primary.connection() as connection:
                wanted = await read_position(connection)
            return await self._read_up_to(wanted, replica, clinic_id, work)
        return await self._read_on_primary(clinic_id, work)

    async def read_for(self, claims: Claims, work: Work[T]) -> T:
        """What it finds for whoever holds the token. Who that is the primary says. Raises ProblemError (401)."""
        replica = self._replica if self._replica is not None and self._replica.admits() else None
        async with speaker_transaction(self._primary, claims) as speaker:
            if replica is None:
                return await work(speaker.connection)
            wanted = await read_position(speaker.connection)
        return await self._read_up_to(wanted, replica, claims.clinic_id, work)

    async def _read_up_to(self, wanted: Position, replica: Replica, clinic_id: int, work: Work[T]) -> T:
        try:
            return await replica.read(wanted, clinic_id, work)
        except UnfitError:
            return await self._read_on_primary(clinic_id, work)

    async def _read_on_primary(self, clinic_id: int, work: Work[T]) -> T:
        async with tenant_transaction(self._primary, clinic_id) as connection:
            return await work(connection)
