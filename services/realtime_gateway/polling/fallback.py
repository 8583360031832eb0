"""The two endpoints for clients without a socket: `GET /realtime/poll` and `POST /realtime/command`."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import structlog
from aiohttp import web

from services.realtime_gateway.authority import Authority
from services.realtime_gateway.commands.answering import Commands
from services.realtime_gateway.commands.joins import Joins
from services.realtime_gateway.commands.tokens import RENEWAL_BY_HEADER
from services.realtime_gateway.polling.allowances import Allowance, Allowances
from services.realtime_gateway.polling.body import command_text
from services.realtime_gateway.polling.caller import PollCaller
from services.realtime_gateway.polling.one_shot import OneShotCaller
from services.realtime_gateway.polling.polls import Polls
from services.realtime_gateway.polling.query import LONGEST_URL, read_connection, read_poll, refuse_tokens
from services.realtime_gateway.protocol.envelope import read_envelope
from services.realtime_gateway.protocol.refusal import Refusal
from shared.auth.tokens import Claims, InvalidTokenError, TokenVerifier

COMMAND_TIMEOUT_SECONDS = 12.0

log = structlog.get_logger(__name__)


class Speaker(NamedTuple):
    """Who asks, and what they may still ask for."""

    token: str
    claims: Claims
    allowance: Allowance

    def connection_id(self, named: str) -> str:
        """What stands for a client's tab: nobody can name another user's, nor a socket."""
        return f"{self.claims.clinic_id}-{self.claims.user_id}-{named}"


class Fallback:
    """What requests meet: who they are, how much they may, then the same code that answers sockets."""

    def __init__(
        self,
        polls: Polls,
        joins: Joins,
        commands: Commands,
        authority: Authority,
        verifier: TokenVerifier,
        *,
        enabled: bool,
    ) -> None:
        self._polls = polls
        self._joins = joins
        self._commands = commands
        self._authority = authority
        self._verifier = verifier
        self._enabled = enabled
        self._allowances = Allowances()
        self._begun: set[asyncio.Task[bytes]] = set()

    async def poll(self, request: web.Request) -> web.StreamResponse:
        """Answer when there is something to tell."""
        speaker = self._speaker(request)
        query = read_poll(request.query)
        wait_seconds = min(query.wait_seconds, speaker.claims.expires_at - time.time())
        connection_id = speaker.connection_id(query.connection)
        caller = PollCaller(connection_id, speaker.token, speaker.claims, attends=query.named)
        with _counted(speaker.allowance) as pace_seconds:
            async with self._joins.own_followed(speaker.claims):
                await self._require_session(speaker)
                answer = await self._polls.answer(caller, query.channels, wait_seconds, pace_seconds)
        return _json(answer)

    async def command(self, request: web.Request) -> web.StreamResponse:
        """Carry out a command and answer with its reply."""
        speaker = self._speaker(request)
        refuse_tokens(request.query)
        caller = OneShotCaller(speaker.connection_id(read_connection(request.query)), speaker.token, speaker.claims)
        if wait := speaker.allowance.take_command(asyncio.get_running_loop().time()):
            raise Refusal("rate_limited", "too many commands in a minute", retry_ms=int(wait * 1000) + 1)
        await self._require_session(speaker)
        return _json(await self._carried_out(caller, await command_text(request)))

    async def _require_session(self, speaker: Speaker) -> None:
        """Raise Refusal where the session is over. While the API says nothing, the token's word is taken."""
        try:
            await self._authority.session(speaker.claims, speaker.token)
        except Refusal as refusal:
            if not refusal.temporary:
                raise

    async def _carried_out(self, caller: OneShotCaller, text: str) -> bytes:
        """The reply. What was begun is finished, also for a client that does not stay to hear of it."""
        if read_envelope(text).type == "auth":
            raise Refusal("bad_request", RENEWAL_BY_HEADER)
        work = asyncio.create_task(self._answer(caller, text))
        self._begun.add(work)
        work.add_done_callback(self._finished)
        await asyncio.wait({work}, timeout=COMMAND_TIMEOUT_SECONDS)
        if not work.done():
            raise Refusal("unavailable", "no answer in time; the command may still be carried out", retry_ms=2000)
        return work.result()

    async def _answer(self, caller: OneShotCaller, text: str) -> bytes:
        try:
            # Who is present is known where the channel is followed, which may be nowhere else here.
            with self._joins.presence_followed(caller.claims):
                await self._commands.answer(caller, text)
        finally:
            self._joins.leave_all(caller)
        return caller.reply

    def _finished(self, work: asyncio.Task[bytes]) -> None:
        self._begun.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("command_failed", error=type(error).__name__)

    def _speaker(self, request: web.Request) -> Speaker:
        if not self._enabled:
            raise Refusal("unavailable", "the realtime gateway is disabled", retry_ms=60_000)
        if len(request.raw_path) > LONGEST_URL:
            raise web.HTTPRequestURITooLong(reason=f"A URL has at most {LONGEST_URL} characters.")
        token = _bearer(request)
        try:
            claims = self._verifier.verify(token)
        except InvalidTokenError:
            raise Refusal("unauthorized", "the token is not valid, or no longer") from None
        return Speaker(token, claims, self._allowances.of(claims, asyncio.get_running_loop().time()))


def _bearer(request: web.Request) -> str:
    refuse_tokens(request.query)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refusal("unauthorized", "send `Authorization: Bearer <token>`")
    return token.strip()


@contextmanager
def _counted(allowance: Allowance) -> Iterator[float]:
    pace = allowance.take_poll(asyncio.get_running_loop().time())
    if pace == "too_many":
        raise Refusal("rate_limited", "too many polls", retry_ms=1000)
    allowance.open_polls += 1
    try:
        yield pace
    finally:
        allowance.open_polls -= 1


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")
