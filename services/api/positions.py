"""How far a server of the database has come, and whether that is far enough. The decisions are pure."""

from dataclasses import dataclass
from typing import Literal

from shared.db.pool import Connection

Route = Literal["replica", "wait", "primary"]

# Of a primary: what is on its disk, which every commit that anybody has seen is. Of a replica: what it has applied, and
# shows. The history is which database it is, and how often one of its replicas became the primary.
POSITION = """
SELECT s.system_identifier, c.timeline_id, pg_is_in_recovery() AS standby, pg_wal_lsn_diff(
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_flush_lsn() END, '0/0')::bigint AS bytes
FROM pg_control_system() s, pg_control_checkpoint() c
"""


@dataclass(frozen=True, slots=True)
class Position:
    """How many bytes of its history's log a server has. Only within one history do they say anything."""

    history: tuple[int, int]
    standby: bool
    bytes: int


def route(wanted: Position, replica: Position, waited: float, patience: float) -> Route:
    """Where to read what must show everything up to `wanted`, given how far the replica is after having waited so long."""
    if not replica.standby or replica.history != wanted.history:
        return "primary"
    if replica.bytes >= wanted.bytes:
        return "replica"
    return "wait" if waited < patience else "primary"


async def read_position(connection: Connection) -> Position:
    """Where a server is now."""
    cursor = await connection.execute(POSITION)
    [row] = await cursor.fetchall()
    return Position((row["system_identifier"], row["timeline_id"]), row["standby"], row["bytes"])
