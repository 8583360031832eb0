"""Destinations of outgoing webhooks, and what waits for them, for tests."""

from typing import Any

from psycopg.rows import DictRow

from shared.auth.seal import DEVELOPMENT_KEY, seal
from tests.integration.queue_worker.queue_rows import Owner

EVENTS = ["message.created", "conversation.updated", "conversation.transferred"]
SECRET = "whsec_" + "QUFB" * 8


def add_destination(owner: Owner, url: str = "https://n8n.example/webhook/a", **columns: Any) -> int:
    """A destination with a secret; returns its id."""
    given = {"clinic_id": 1, "name": "n8n", "url": url, "events": EVENTS, **columns}
    names = ", ".join(given)
    [row] = owner.execute(
        f"INSERT INTO webhook_destinations ({names}) VALUES ({', '.join(['%s'] * len(given))}) RETURNING id".encode(),
        list(given.values()),
    ).fetchall()
    add_secret(owner, row["id"], SECRET, clinic_id=given["clinic_id"])
    return int(row["id"])


def add_secret(
    owner: Owner, destination_id: int, secret: str, *, clinic_id: int = 1, seconds: float | None = None
) -> None:
    """One more secret, which expires in so many seconds."""
    owner.execute(
        "INSERT INTO webhook_destination_secrets (clinic_id, destination_id, sealed, expires_at)"
        " VALUES (%s, %s, %s, now() + make_interval(secs => %s))",
        [clinic_id, destination_id, seal((DEVELOPMENT_KEY,), destination_id, "outgoing-webhook", secret), seconds],
    )


def deliveries(owner: Owner) -> list[DictRow]:
    """What waits to be delivered, the oldest first."""
    return owner.execute(
        "SELECT * FROM message_queue WHERE ordering_key LIKE 'destination:%' ORDER BY created_at, id"
    ).fetchall()


def state_of(owner: Owner, destination_id: int) -> DictRow:
    """How a destination answered."""
    [row] = owner.execute(
        "SELECT * FROM webhook_destination_states WHERE destination_id = %s", [destination_id]
    ).fetchall()
    return row
