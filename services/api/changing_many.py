"""One change of many conversations, each decided as if it were asked for alone: what fails for one fails for no other."""

from typing import Any

import orjson

from services.api.deciding import decide
from services.api.models.conversations import ChangeBody
from services.api.models.desk import BulkBody
from services.api.problems import ProblemError
from services.api.reading import conversation_reference
from shared.auth.tokens import Claims
from shared.db.pool import Pool

_SESSION_OVER = 401


async def change_many(pool: Pool, claims: Claims, body: BulkBody) -> list[dict[str, Any]]:
    """What became of each, in order: a transaction each, so that no conversation waits for all. Raises ProblemError (401)."""
    return [await _fate(pool, claims, reference, body.changes) for reference in body.ids]


async def _fate(pool: Pool, claims: Claims, reference: str, changes: ChangeBody) -> dict[str, Any]:
    try:
        done = await decide(pool, claims, conversation_reference(reference), changes, None)
    except ProblemError as error:
        if error.status == _SESSION_OVER:  # which the rest would be told as well
            raise
        problem = orjson.loads(error.answer().text or "")
        return {"id": reference, "status": error.status, "conversation": None, "changed": False, "problem": problem}
    return {"id": reference, "status": 200, **done, "problem": None}
