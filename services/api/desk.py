"""An operator at work: who it is, what they may do, and the transaction in which they do it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiohttp import web
from psycopg.types.json import Jsonb

from services.api.problems import ProblemError, unauthorized
from services.api.resources import CLAIMS, RESOURCES
from services.api.rights import Right, may
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction
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
        await self.connection.execute(
            "INSERT INTO audit_log (clinic_id, actor_user_id, action, subject_type, subject_id, data)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [self.clinic_id, self.user_id, action, subject_type, str(subject_id), Jsonb(dict(data))],
        )


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
    async with tenant_transaction(pool, claims.clinic_id) as connection:
        cursor = await connection.execute(
            "SELECT u.role, u.name, c.timezone, clock_timestamp() AS now FROM users u JOIN clinics c ON c.id = u.clinic_id"
            " WHERE u.clinic_id = %s AND u.id = %s AND u.active",
            [claims.clinic_id, claims.user_id],
        )
        person = await cursor.fetchone()
        if person is None:
            raise unauthorized("The token's user is not active any more.")
        if right is not None and not may(person["role"], right):
            raise ProblemError(
                403, f"The role {person['role']} does not have the right {right}.", code="right_missing", right=right
            )
        yield Desk(connection, claims.clinic_id, claims.user_id, person["name"], person["timezone"], now=person["now"])
