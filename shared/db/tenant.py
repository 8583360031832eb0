"""The tenant's transaction: inside it, row-level security shows one clinic's rows and no others."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from shared.db.pool import Connection, Pool


@asynccontextmanager
async def tenant_transaction(pool: Pool, clinic_id: int) -> AsyncIterator[Connection]:
    """A transaction that sees one clinic. Without it a service's role sees no tenant's rows at all."""
    async with pool.connection() as connection:  # which commits at its end, and rolls back where it does not get there
        # Begun and narrowed in one round trip: a string without parameters may hold two statements.
        await connection.execute(f"BEGIN; SET LOCAL prosa.clinic_id = '{clinic_id:d}'".encode())
        yield connection


@asynccontextmanager
async def batch_transaction(pool: Pool, clinic_ids: Collection[int]) -> AsyncIterator[Connection]:
    """A transaction of the worker that sees these clinics. To every other role it shows nothing."""
    async with pool.connection() as connection:
        clinics = ",".join(f"{clinic_id:d}" for clinic_id in clinic_ids)
        await connection.execute(f"BEGIN; SET LOCAL prosa.clinic_ids = '{clinics}'".encode())
        yield connection


async def enter_tenant(connection: Connection, clinic_id: int) -> None:
    """Narrow the open transaction to one clinic, until it ends."""
    await connection.execute("SELECT set_config('prosa.clinic_id', %s, true)", [str(clinic_id)])
