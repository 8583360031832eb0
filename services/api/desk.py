"""An operator at work: who it is, what they may do, and the transaction in which they do it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web

from services.api.problems import ProblemError
from services.api.resources import CLAIMS, RESOURCES
from services.api.rights import Right
from services.api.sessions import speaker_transaction
from services.api.stores.audit import note_audit
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.events.clinic_time import to_clinic_time


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's request, inside its transaction."""

    connection: Connection
    clinic_id: int
    user_id: int
    name: str
    timezone: str
    now: datetime

    def time(self, instant: datetime | None) -> str | None:
        """An instant as the clinic sees it."""
        return None if instant is None else to_clinic_time(instant, self.timezone)

    async def audit(self, action: str, subject_type: str, subject_id: object, data: Mapping[str, Any]) -> None:
        """Write down what is done, in its own transaction."""
        await note_audit(self.connection, self.clinic_id, self.user_id, action, (subject_type, subject_id), data)


@asynccontextmanager
async def desk(request: web.Request, right: Right | None) -> AsyncIterator[Desk]:
    """A transaction for somebody who has the right. Raises ProblemError (401, 403).

    The role is the one they have now, not the one that their token was issued with.
    """
    async with desk_of(request.app[RESOURCES].pool, request[CLAIMS], right) as found:
        yield found


@asynccontextmanager
async def desk_of(pool: Pool, claims: Claims, right: Right | None) -> AsyncIterator[Desk]:
    """The same, of the token's claims."""
    async with speaker_transaction(pool, claims) as speaker:
        if right is not None and not speaker.may(right):
            raise ProblemError(
                403, f"The role {speaker.role} does not have the right {right}.", code="right_missing", right=right
            )
        cursor = await speaker.connection.execute(
            "SELECT timezone, clock_timestamp() AS now FROM clinics WHERE id = %s", [claims.clinic_id]
        )
        clinic = await cursor.fetchone()
        if clinic is None:
            raise LookupError("a user's clinic is there as long as the user is")
        yield Desk(
            speaker.connection, claims.clinic_id, claims.user_id, speaker.name, clinic["timezone"], now=clinic["now"]
        )
