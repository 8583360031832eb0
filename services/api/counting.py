"""How many conversations there are to be worked on. One transaction, one statement."""

from typing import Any

from services.api.sessions import session_transaction
from services.api.stores.counts import count_desk
from shared.auth.tokens import Claims
from shared.db.pool import Pool


async def read_counts(pool: Pool, claims: Claims) -> dict[str, Any]:
    """The counts of the clinic, as whoever asks sees them."""
    async with session_transaction(pool, claims) as connection:
        found = await count_desk(connection, claims.clinic_id, claims.user_id)
    return {
        **{name: found[name] for name in ("unread", "unassigned", "mine")},
        "by_status": {name: found[name] for name in ("active", "archived")},
    }
