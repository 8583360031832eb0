"""Statements about service tokens. Each names the clinic, but for the one that finds it."""

from datetime import timedelta
from typing import Any

from psycopg.rows import DictRow

from shared.db import service_tokens as statements
from shared.db.pool import Connection, Pool


async def find_token(pool: Pool, token_hash: bytes) -> DictRow | None:
    """Whom a token that goes on is for, of whatever clinic; that it was used is noted."""
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT * FROM find_service_token(%s)", [token_hash])
        return await cursor.fetchone()


async def list_tokens(connection: Connection, clinic_id: int, after: int, limit: int) -> list[DictRow]:
    """A page of the clinic's tokens, also of those that are over, in the order they were made."""
    query = (
        f"SELECT {statements.SHOWN} FROM service_tokens"  # noqa: S608 - constants
        " WHERE clinic_id = %s AND id > %s ORDER BY id LIMIT %s"
    )
    cursor = await connection.execute(query.encode(), [clinic_id, after, limit])
    return await cursor.fetchall()


async def count_tokens(connection: Connection, clinic_id: int) -> int:
    """How many tokens of the clinic go on. Whoever else makes one waits until the transaction ends."""
    await connection.execute(statements.TAKE_TURNS, {"clinic_id": clinic_id})
    cursor = await connection.execute(statements.COUNT, {"clinic_id": clinic_id})
    row = await cursor.fetchone()
    return int(row["count"]) if row else 0


async def create_service(connection: Connection, name: str) -> int:
    """A new user of kind service in the transaction's clinic."""
    cursor = await connection.execute(statements.CREATE_SERVICE, {"name": name})
    return int(await _value(cursor, "user_id"))


async def add_token(connection: Connection, values: dict[str, Any]) -> int:
    """A new token's id."""
    return int(await _value(await connection.execute(statements.ADD, values), "id"))


async def lock_token(connection: Connection, clinic_id: int, token_id: int) -> DictRow | None:
    """A token, locked until the transaction ends."""
    cursor = await connection.execute(statements.LOCK.encode(), {"clinic_id": clinic_id, "id": token_id})
    return await cursor.fetchone()


async def replace_token(connection: Connection, clinic_id: int, token_id: int, by: int, overlap: timedelta) -> None:
    """Let a token end after the overlap, if not before."""
    values = {"clinic_id": clinic_id, "id": token_id, "by": by, "overlap": overlap}
    await connection.execute(statements.REPLACE, values)


async def revoke_token(connection: Connection, clinic_id: int, token_id: int, user_id: int) -> None:
    """End a token, and its service where that was the last one."""
    await connection.execute(statements.REVOKE, {"clinic_id": clinic_id, "id": token_id})
    await connection.execute(statements.RETIRE, {"user_id": user_id})


async def _value(cursor: Any, name: str) -> Any:
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"the statement gives a {name}")
    return row[name]
