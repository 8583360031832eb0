"""Who holds a person's data, and who deletes what is old, take turns: what is held from now on is not half deleted."""

from shared.db.pool import Connection

# What a hold keeps; who looked at what is deleted all the same.
KEPT_BY_HOLDS = ["messages", "media", "dead_letters"]

_KEY = "hashtextextended('prosa retention ' || %s || ' ' || what, 0)"


async def try_turn(connection: Connection, clinic_id: int, what: str) -> bool:
    """Take the turn to delete a class of a clinic's data, until the transaction ends. False where somebody else has it."""
    cursor = await connection.execute(
        f"SELECT pg_try_advisory_xact_lock({_KEY}) AS mine FROM unnest(%s::text[]) what",  # noqa: S608 - a constant
        [str(clinic_id), [what]],
    )
    [row] = await cursor.fetchall()
    return bool(row["mine"])


async def await_turns(connection: Connection, clinic_id: int) -> None:
    """Wait for deletions that have begun, and keep others from beginning until the transaction ends."""
    await connection.execute(
        f"SELECT pg_advisory_xact_lock({_KEY}) FROM unnest(%s::text[]) what",  # noqa: S608 - a constant
        [str(clinic_id), KEPT_BY_HOLDS],
    )
