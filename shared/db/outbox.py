"""Live events written in the transaction whose effect they tell; the worker's relay publishes and deletes them."""

from collections.abc import Sequence

from shared.db.pool import Connection
from shared.events.live import LiveEvent


async def append_outbox(connection: Connection, clinic_id: int, events: Sequence[LiveEvent]) -> None:
    """Append events of one clinic, in the order in which each channel shall see them."""
    if not events:
        return
    await connection.execute(
        "INSERT INTO outbox (clinic_id, channel, event, ephemeral)"
        " SELECT %s, * FROM unnest(%b::text[], %b::text[], %b::boolean[])",
        [
            clinic_id,
            [event.channel for event in events],
            [event.frame for event in events],
            [event.ephemeral for event in events],
        ],
        prepare=True,
    )
