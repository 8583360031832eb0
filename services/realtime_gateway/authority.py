"""Asks the API what a user may see, with the user's own token: there is one authority, and the gateway holds no data."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ValidationError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.protocol.commands import ConversationRef
from services.realtime_gateway.protocol.refusal import Refusal
from shared.auth.tokens import Claims

ANSWER_TIMEOUT_SECONDS = 3.0
REMEMBERED_SECONDS = 10.0
MOST_REMEMBERED = 10_000
# What is missing and what is forbidden look the same, to us as to the client.
_NO = frozenset({401, 403, 404})


class Access(BaseModel):
    """The API's yes. The id is the conversation's own, whichever was asked for."""

    conversation_id: ConversationRef


class _Question(NamedTuple):
    clinic_id: int
    user_id: int
    conversation_id: str


class Authority:
    """Remembers each yes for some seconds; a no may be lifted at any moment and is asked for again."""

    def __init__(self, http: aiohttp.ClientSession, api_url: str, clock: Callable[[], float]) -> None:
        self._http = http
        self._conversations = f"{api_url.rstrip('/')}/api/conversations-simple"
        self._clock = clock
        self._remembered: OrderedDict[_Question, tuple[float, str]] = OrderedDict()

    async def conversation(self, claims: Claims, token: str, conversation_id: str) -> str:
        """The conversation's own id, if the user may follow it. Raises Refusal."""
        question = _Question(claims.clinic_id, claims.user_id, conversation_id)
        if known := self._recall(question):
            metrics.AUTHORITY.labels("remembered").inc()
            return known
        try:
            with metrics.AUTHORITY_DURATION.time():
                answer = await self._ask(token, conversation_id)
        except Refusal as refusal:
            metrics.AUTHORITY.labels("unavailable" if refusal.temporary else "refused").inc()
            raise
        metrics.AUTHORITY.labels("granted").inc()
        self._remember(question, answer)
        return answer

    async def _ask(self, token: str, conversation_id: str) -> str:
        url = f"{self._conversations}/{quote(conversation_id, safe='')}/access"
        try:
            async with self._http.get(url, headers={"Authorization": f"Bearer {token}"}) as response:
                if response.status in _NO:
                    raise Refusal("not_found", "there is no such conversation, or it is not yours to see")
                response.raise_for_status()
                access = Access.model_validate_json(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValidationError):
            raise Refusal("unavailable", "rights cannot be checked just now", retry_ms=spread_ms(1000, 3000)) from None
        return access.conversation_id

    def _recall(self, question: _Question) -> str | None:
        expires, answer = self._remembered.get(question, (0.0, ""))
        return answer if self._clock() < expires else None

    def _remember(self, question: _Question, answer: str) -> None:
        self._remembered[question] = (self._clock() + REMEMBERED_SECONDS, answer)
        self._remembered.move_to_end(question)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)


@asynccontextmanager
async def open_authority(api_url: str, clock: Callable[[], float]) -> AsyncIterator[Authority]:
    """An authority with its own connections to the API."""
    timeout = aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(timeout=timeout) as http:
        yield Authority(http, api_url, clock)
