"""Destinations in SQL: where a delivery goes, with what it is signed, and that one is gone."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from psycopg.types.json import Jsonb

from shared.auth.seal import UnsealError, open_sealed
from shared.auth.standard_webhooks import OUTGOING
from shared.db.pool import Connection


@dataclass(frozen=True, slots=True)
class Destination:
    """Where deliveries go. Each of the secrets signs."""

    id: int
    name: str
    url: str = field(repr=False)
    enabled: bool
    secrets: Sequence[str] = field(repr=False)


async def find_destination(
    connection: Connection, clinic_id: int, destination_id: int, keys: Sequence[str]
) -> Destination | None:
    """The clinic's destination; None where it was deleted. Without a secret that can be read, it has none."""
    cursor = await connection.execute(
        """
        SELECT d.id, d.name, d.url, d.enabled, ARRAY(
          SELECT s.sealed FROM webhook_destination_secrets s
          WHERE s.destination_id = d.id AND s.clinic_id = d.clinic_id AND (s.expires_at IS NULL OR s.expires_at > now())
          ORDER BY s.id DESC
        ) AS sealed
        FROM webhook_destinations d WHERE d.clinic_id = %s AND d.id = %s
        """,
        [clinic_id, destination_id],
        prepare=True,
    )
    row = await cursor.fetchone()
    if row is None:
        return None
    secrets = [secret for sealed in row["sealed"] if (secret := _opened(keys, row["id"], sealed))]
    return Destination(row["id"], row["name"], row["url"], row["enabled"], secrets)


def _opened(keys: Sequence[str], destination_id: int, sealed: bytes) -> str | None:
    try:
        return open_sealed(keys, destination_id, OUTGOING, sealed)
    except UnsealError:
        return None


async def disable_gone(connection: Connection, clinic_id: int, destination_id: int) -> bool:
    """Send nothing more to a destination that says that it is gone, and write that down. False where it was off already."""
    cursor = await connection.execute(
        "UPDATE webhook_destinations SET enabled = false, disabled_reason = 'gone', version = version + 1,"
        " updated_at = clock_timestamp() WHERE clinic_id = %s AND id = %s AND enabled RETURNING version",
        [clinic_id, destination_id],
    )
    row = await cursor.fetchone()
    if row is None:
        return False
    await connection.execute(
        "INSERT INTO audit_log (clinic_id, action, subject_type, subject_id, data)"
        " VALUES (%s, 'webhook_destination.disabled', 'webhook_destination', %s, %s)",
        [clinic_id, str(destination_id), Jsonb({"reason": "gone", "status": 410, "version": row["version"]})],
    )
    return True
