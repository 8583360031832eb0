"""Asks the API what a user may see, with the user's own token: there is one authority, and the gateway holds no data."""

from collections import OrderedDict
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

import aiohttp
from pydantic import BaseModel, ValidationError

from services.realtime_gateway import metrics
from services.realtime_gateway.api_client import ApiClient
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.protocol.commands import ConversationRef
from services.realtime_gateway.protocol.refusal import Refusal
from shared.auth.tokens import Claims

ANSWER_TIMEOUT_SECONDS = 3.0
REMEMBERED_SECONDS = 10.0
MOST_REMEMBERED = 10_000
# What is missing and what is forbidden look the same, to us as to the client.
_NO = frozenset({403, 404})
_UNAUTHORIZED = 401
SESSION_PATH = "/api/auth/me"


class Access(BaseModel):
    """The API's yes. The id is the conversation's own, whichever was asked for."""

    conversation_id: ConversationRef


class _Question(NamedTuple):
    clinic_id: int
    user_id: int
    conversation_id: str


class Authority:
    """Remembers each yes for some seconds; a no may be lifted at any moment and is asked for again."""

    def __init__(self, api: ApiClient, clock: Callable[[], float]) -> None:
        self._api = api
        self._clock = clock
        # Of users whose sessions were ended lately, the moment before which these had begun.
        self._ended: dict[int, int] = {}
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

    async def session(self, claims: Claims, token: str) -> None:
        """Whether the user's session goes on. Raises Refusal: not temporary where it is over.

        Never from memory: who is not connected here may be signed out without this process hearing of it. What is heard
        while the API is being asked counts for more than its answer.
        """
        try:
            answer = await self._api.get(SESSION_PATH, token, ANSWER_TIMEOUT_SECONDS)
        except (aiohttp.ClientError, OSError, TimeoutError):
            raise _unavailable() from None
        if answer.status == _UNAUTHORIZED:
            raise Refusal("unauthorized", "this session is over; sign in again")
        if claims.auth_time < self._ended.get(claims.user_id, 0):
            raise Refusal("unauthorized", "this session is over; sign in again")
        if not answer.ok:
            raise _unavailable()

    def end_sessions(self, user_id: int, before: int) -> None:
        """Sessions of the user that began before a moment (seconds since the epoch) are over."""
        self._ended[user_id] = max(before, self._ended.pop(user_id, 0))
        if len(self._ended) > MOST_REMEMBERED:
            del self._ended[next(iter(self._ended))]
        self.forget(user_id)

    def forget(self, user_id: int) -> None:
        """Ask anew what this user may: their rights have changed."""
        self._forget(lambda question, _: question.user_id == user_id)

    def forget_conversation(self, clinic_id: int, conversation_id: str) -> None:
        """Ask anew who may follow this conversation, under whatever name: it is another one's now."""
        self._forget(
            lambda question, own_id: (
                question.clinic_id == clinic_id and conversation_id in (own_id, question.conversation_id)
            )
        )

    async def _ask(self, token: str, conversation_id: str) -> str:
        try:
            answer = await self._api.get(access_path(conversation_id), token, ANSWER_TIMEOUT_SECONDS)
            if answer.status in _NO:
                raise Refusal("not_found", "there is no such conversation, or it is not yours to see")
            if answer.status == _UNAUTHORIZED:
                raise Refusal("unauthorized", "this session is over; sign in again")
            return Access.model_validate_json(answer.body).conversation_id
        except (aiohttp.ClientError, OSError, TimeoutError, ValidationError):
            raise _unavailable() from None

    def _recall(self, question: _Question) -> str | None:
        expires, answer = self._remembered.get(question, (0.0, ""))
        return answer if self._clock() < expires else None

    def _remember(self, question: _Question, answer: str) -> None:
        self._remembered[question] = (self._clock() + REMEMBERED_SECONDS, answer)
        self._remembered.move_to_end(question)
        if len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    def _forget(self, concerned: Callable[[_Question, str], bool]) -> None:
        gone = [question for question, (_, own_id) in self._remembered.items() if concerned(question, own_id)]
        for question in gone:
            del self._remembered[question]


def _unavailable() -> Refusal:
    return Refusal("unavailable", "rights cannot be checked just now", retry_ms=spread_ms(1000, 3000))


def access_path(conversation_id: str) -> str:
    """Where the API is asked about a conversation."""
    return f"/api/conversations-simple/{quote(conversation_id, safe='')}/access"
