"""Whether somebody's session goes on, without asking the database each time: it is dropped when it ends."""

from typing import Any

import orjson

from services.api.cache.cache import Cache, Reading
from services.api.cache.entries import Entry
from services.api.cache.kinds import USER_SESSIONS
from services.api.cache.memory import Place
from services.api.cache.scope import Scope
from services.api.problems import session_over
from services.api.sessions import read_session
from shared.auth.tokens import Claims
from shared.db.pool import Pool
from shared.events.cached import session_key


class CachedSessions:
    """Asked before anything that is at hand is shown. What writes checks in its own transaction, in the database."""

    def __init__(self, pool: Pool, cache: Cache, scope: Scope) -> None:
        self._pool = pool
        self._cache = cache
        self._scope = scope

    async def check(self, claims: Claims) -> None:
        """Return where the session goes on. Raises ProblemError (401) where it was ended, AwayError without Redis.

        A service's token was asked for at the door, in the database: of it nothing is kept that could be old.
        """
        if claims.service is not None:
            return
        place = Place(session_key(claims.user_id), self._scope.field(claims.clinic_id))

        async def read() -> Reading:
            row = await read_session(self._pool, claims.clinic_id, claims.user_id)
            # Of somebody who may not sign in nothing is kept: that they may again is told to nobody.
            entry = Entry("body", orjson.dumps(row))
            return Reading(entry, None if row is None else entry)

        answer = await self._cache.get(USER_SESSIONS, place, read)
        if not goes_on(orjson.loads(answer.entry.data), claims.auth_time):
            raise session_over()


def goes_on(session: dict[str, Any] | None, auth_time: int) -> bool:
    """Whether a session that began then is one that counts."""
    if session is None:
        return False
    valid_from = session["valid_from"]
    return valid_from is None or valid_from <= auth_time
