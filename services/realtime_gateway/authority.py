"""Asks the API what a user may see, with the user's own token: there is one authority, and the gateway holds no data."""

import asyncio
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

# How long somebody waits for an answer; a question that they stop waiting for is asked to its end.
ANSWER_TIMEOUT_SECONDS = 3.0
QUESTION_TIMEOUT_SECONDS = 6.0
# More of them would only wait for one another in the API, until each is too late for whoever asked.
QUESTIONS_AT_ONCE = 32
# While the API is away nobody's questions come to an end, and clients ask on.
MOST_WAITING = 5_000
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


# A question and the token it is asked with.
_Asked = tuple[_Question, str]


class Authority:
    """Remembers each yes for some seconds; a no may be lifted at any moment and is asked for again.

    A thousand clients that come back at once ask more than the API answers in time. Those who were told to ask again find
    their first question answered, or still waiting for its turn: no answer is made for nobody.
    """

    def __init__(self, api: ApiClient, clock: Callable[[], float]) -> None:
        self._api = api
        self._clock = clock
        # Of users whose sessions were ended lately, the moment before which these had begun.
        self._ended: dict[int, int] = {}
        self._remembered: OrderedDict[_Question, tuple[float, str]] = OrderedDict()
        self._turns = asyncio.Semaphore(QUESTIONS_AT_ONCE)
        # Without those whose answers may be older than a change of rights: nobody new waits for them.
        self._asking: dict[_Asked, asyncio.Task[str]] = {}

    async def conversation(self, claims: Claims, token: str, conversation_id: str) -> str:
        """The conversation's own id, if the user may follow it. Raises Refusal."""
        question = _Question(claims.clinic_id, claims.user_id, conversation_id)
        if known := self._recall(question):
            metrics.AUTHORITY.labels("remembered").inc()
            return known
        try:
            answer = await self._in_time(self._ask_once((question, token)))
        except Refusal as refusal:
            metrics.AUTHORITY.labels("unavailable" if refusal.temporary else "refused").inc()
            raise
        metrics.AUTHORITY.labels("granted").inc()
        return answer

    async def _in_time(self, asking: "asyncio.Task[str]") -> str:
        answered, _ = await asyncio.wait({asking}, timeout=ANSWER_TIMEOUT_SECONDS)
        if not answered:
            raise _unavailable()
        return asking.result()

    def _ask_once(self, asked: _Asked) -> "asyncio.Task[str]":
        """The question on its way, whoever began it. Raises Refusal where too many wait for their turn."""
        asking = self._asking.get(asked)
        if asking is None:
            if len(self._asking) >= MOST_WAITING:
                raise _unavailable()
            asking = self._asking[asked] = asyncio.create_task(self._ask_in_turn(asked))
            asking.add_done_callback(lambda done: self._end(asked, done))
        return asking

    def _end(self, asked: _Asked, done: "asyncio.Task[str]") -> None:
        if self._asking.get(asked) is done:
            del self._asking[asked]
        if not done.cancelled():
            done.exception()  # also where nobody waits any more

    async def _ask_in_turn(self, asked: _Asked) -> str:
        question, token = asked
        async with self._turns:
            with metrics.AUTHORITY_DURATION.time():
                answer = await self._ask(token, question.conversation_id)
        if self._asking.get(asked) is asyncio.current_task():
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
        self._outdate(lambda question: question.user_id == user_id)

    def forget_conversation(self, clinic_id: int, conversation_id: str) -> None:
        """Ask anew who may follow this conversation, under whatever name: it is another one's now."""
        self._forget(
            lambda question, own_id: (
                question.clinic_id == clinic_id and conversation_id in (own_id, question.conversation_id)
            )
        )
        # Under which name it is asked for now is not known before the answer.
        self._outdate(lambda question: question.clinic_id == clinic_id)

    def _outdate(self, concerned: Callable[[_Question], bool]) -> None:
        for asked in [asked for asked in self._asking if concerned(asked[0])]:
            del self._asking[asked]

    async def _ask(self, token: str, conversation_id: str) -> str:
        try:
            answer = await self._api.get(access_path(conversation_id), token, QUESTION_TIMEOUT_SECONDS)
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
