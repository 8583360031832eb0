"""Commands that change something: the API carries them out, with the user's own token, and says when it is committed."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import aiohttp

from services.realtime_gateway import metrics
from services.realtime_gateway.api_client import ApiAnswer, ApiClient, outcome_unknown, refusal_of
from services.realtime_gateway.authority import Authority
from services.realtime_gateway.connections.caller import Caller
from services.realtime_gateway.protocol.commands import ReadUpTo, Transfer


class Effects:
    """Each method returns its reply's data: the API's own answer. Each may be asked for again without harm."""

    def __init__(self, api: ApiClient, authority: Authority) -> None:
        self._api = api
        self._authority = authority

    async def read(self, caller: Caller, asked: ReadUpTo) -> bytes:
        """Mark a conversation's messages as read. Raises Refusal."""
        body = asked.model_dump(include={"message_id"}, exclude_none=True)
        return (await self._carry_out(caller, asked.conversation_id, "read", body)).body

    async def transfer(self, caller: Caller, asked: Transfer) -> bytes:
        """Hand a conversation to another user. Raises Refusal.

        What the client expects is told only where it said so: that it expects nobody is not that it expects nothing.
        """
        body = asked.model_dump(include={"to_user_id", "note", "expected_assigned_to"}, exclude_unset=True)
        answer = await self._carry_out(caller, asked.conversation_id, "transfer", body)
        for name in {asked.conversation_id, str(answer.content.get("conversation", {}).get("id"))}:
            self._authority.forget_conversation(caller.claims.clinic_id, name)
        return answer.body

    async def _carry_out(self, caller: Caller, conversation_id: str, what: str, body: Mapping[str, Any]) -> ApiAnswer:
        path = f"/api/conversations-simple/{quote(conversation_id, safe='')}/{what}"
        try:
            with metrics.EFFECT_DURATION.time():
                answer = await self._api.post(path, caller.token, body)
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise outcome_unknown() from None
        if answer.ok:
            return answer
        if answer.status in (401, 403):
            self._authority.forget(caller.claims.user_id)
        raise refusal_of(answer)
