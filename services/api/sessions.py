"""The transaction of somebody who is signed in: begun, narrowed to their clinic and allowed in one round trip."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from psycopg.rows import DictRow

from services.api.problems import session_over
from services.api.rights import Right, may
from shared.auth.tokens import Claims
from shared.db.pool import Connection, Pool

# A string without parameters may hold several statements; each value in it is a number.
_OPENING = """
BEGIN; SET LOCAL prosa.clinic_id = '{clinic_id:d}';
SELECT role, name FROM users WHERE clinic_id = {clinic_id:d} AND id = {user_id:d} AND active AND kind = 'person'
  AND (sessions_valid_from IS NULL OR sessions_valid_from <= to_timestamp({auth_time:d}))
"""
_OPENING_OF_A_SERVICE = """
BEGIN; SET LOCAL prosa.clinic_id = '{clinic_id:d}';
SELECT 'service' AS role, u.name FROM service_tokens t JOIN users u ON u.clinic_id = t.clinic_id AND u.id = t.user_id
WHERE t.clinic_id = {clinic_id:d} AND t.id = {token_id:d} AND u.id = {user_id:d} AND u.active AND u.kind = 'service'
  AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())
"""
_LOOKING = """
BEGIN; SET LOCAL prosa.clinic_id = '{clinic_id:d}';
SELECT role, name, extract(epoch FROM sessions_valid_from)::float8 AS valid_from
FROM users WHERE clinic_id = {clinic_id:d} AND id = {user_id:d} AND active AND kind = 'person'
"""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who asks, as the database has them now, inside their transaction: a token's role may be an old one."""

    connection: Connection
    clinic_id: int
    user_id: int
    role: str
    name: str
    scopes: frozenset[str] = frozenset()

    def may(self, right: Right) -> bool:
        """Whether they have a right: people by their role, services by their scopes."""
        return may(self.role, right, self.scopes)


@asynccontextmanager
async def speaker_transaction(pool: Pool, claims: Claims) -> AsyncIterator[Speaker]:
    """A transaction for whoever holds the token. Raises ProblemError (401) where the session was ended.

    There is no memory of who may: what was ended is over with the next request, on every process.
    """
    clinic_id, user_id = claims.clinic_id, claims.user_id
    scopes = claims.service.scopes if claims.service else frozenset[str]()
    async with pool.connection() as connection:  # which commits at its end, and rolls back where it does not get there
        person = await _last_row(connection, _opening(claims))
        if person is None:
            raise session_over()
        yield Speaker(connection, clinic_id, user_id, person["role"], person["name"], scopes)


def _opening(claims: Claims) -> str:
    if claims.service is None:
        return _OPENING.format(clinic_id=claims.clinic_id, user_id=claims.user_id, auth_time=claims.auth_time)
    token_id = claims.service.token_id
    return _OPENING_OF_A_SERVICE.format(clinic_id=claims.clinic_id, user_id=claims.user_id, token_id=token_id)


@asynccontextmanager
async def session_transaction(pool: Pool, claims: Claims) -> AsyncIterator[Connection]:
    """The same, where it does not matter who they are."""
    async with speaker_transaction(pool, claims) as speaker:
        yield speaker.connection


async def read_session(pool: Pool, clinic_id: int, user_id: int) -> DictRow | None:
    """As what an active person may speak, and since when their sessions count, in seconds; in one round trip."""
    async with pool.connection() as connection:
        return await _last_row(connection, _LOOKING.format(clinic_id=clinic_id, user_id=user_id))


async def _last_row(connection: Connection, statements: str) -> DictRow | None:
    cursor = await connection.execute(statements.encode())
    while cursor.nextset():
        pass
    return await cursor.fetchone()
