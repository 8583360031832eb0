"""Asks an Evolution server about one instance, within bounds, and says what is wrong where it does not answer."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from services.api.problems import ProblemError
from shared.net.bounded_json import bounded_json
from shared.net.guarded_session import is_forbidden

CONNECT_TIMEOUT_SECONDS = 3.0
# Below the deadline of a request, so that the caller hears which of the two was late.
MOST_SECONDS, SHARE_OF_DEADLINE = 8.0, 0.8
MOST_ANSWER_BYTES = 1024 * 1024
MOST_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Door:
    """Where an instance is reached, with which key, in the words of which version."""

    url: str
    instance: str
    version: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Evolution:
    """The way to every Evolution server. `url` and `api_key` are the installation's."""

    session: aiohttp.ClientSession
    url: str
    api_key: str = field(repr=False)
    timeout: float
    turns: asyncio.Semaphore

    async def ask(self, door: Door, method: str, call: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        """What Evolution answers. Raises ProblemError (502, 504) with a code; 504 where it may have been done."""
        url = f"{door.url.rstrip('/')}/{call}/{quote(door.instance, safe='')}"
        try:
            async with asyncio.timeout(self.timeout), self.turns:
                return await self._answer(method, url, door.api_key, body)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise failure(error) from error

    async def _answer(self, method: str, url: str, api_key: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        async with self.session.request(
            method,
            url,
            json=body,
            headers={"apikey": api_key},
            timeout=aiohttp.ClientTimeout(total=self.timeout, sock_connect=CONNECT_TIMEOUT_SECONDS),
            allow_redirects=False,
        ) as response:
            answer = await bounded_json(response, MOST_ANSWER_BYTES)
            if response.status not in (200, 201) or not isinstance(answer, Mapping):
                raise refusal(response.status, answer)
            return answer


def bounded_timeout(deadline: float) -> float:
    """How long a call may take within a request's deadline."""
    return min(MOST_SECONDS, deadline * SHARE_OF_DEADLINE)


def refusal(status: int, answer: Any) -> ProblemError:
    """What an answer that is none means."""
    if isinstance(answer, Mapping) and answer.get("code") == "LICENSE_REQUIRED":
        return _problem("evolution_not_activated", "Evolution is not activated (licence).", status)
    match status:
        case 401 | 403:
            return _problem("evolution_bad_key", "Evolution refuses the key of this source.", status)
        case 404:
            return _problem("evolution_unknown_instance", "Evolution does not know an instance of this name.", status)
    return _problem("evolution_failed", "Evolution does not answer as it should.", status)


def _problem(code: str, detail: str, status: int) -> ProblemError:
    return ProblemError(502, detail, code=code, evolution_status=status)


def failure(error: BaseException) -> ProblemError:
    """What it means that there is no answer: nobody may go there, nobody is there, or it cannot be told what became of it."""
    if is_forbidden(error):
        detail = "The server's address is in no network in which Evolution servers may be."
        return ProblemError(502, detail, code="evolution_forbidden_address")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.InvalidURL):
        return ProblemError(502, "The Evolution server cannot be reached.", code="evolution_unreachable")
    return ProblemError(504, "Evolution did not answer in time, or broke off.", code="evolution_timeout")
