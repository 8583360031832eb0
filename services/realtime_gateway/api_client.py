"""The gateway's way to the API: with the user's own token, so that the API alone decides what they may."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp
from pydantic_core import from_json
from yarl import URL

from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.protocol.refusal import Refusal
from shared.events.ids import time_ordered_uuid

# The API's own deadline is longer: whether it did what it was asked is not known once this is over.
ANSWER_TIMEOUT_SECONDS = 5.0
LONGEST_RETRY_SECONDS = 60
_OK = 200
_CODE = re.compile(r"[a-z]+(_[a-z]+){0,4}")
# What every problem has; the rest is the particular one's own.
_COMMON = frozenset({"type", "title", "status", "detail", "code", "errors", "correlation_id"})


class ApiAnswer(NamedTuple):
    """An answer, read to its end. `content` is a JSON object, empty where the body was none."""

    status: int
    body: bytes
    content: Mapping[str, Any]
    retry_after: str

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status == _OK and bool(self.content)


class ApiClient:
    """Each call names itself, so that what comes of it in the API's log and queue can be found."""

    def __init__(self, http: aiohttp.ClientSession, api_url: str) -> None:
        self._http = http
        self._url = api_url.rstrip("/")

    async def get(self, path: str, token: str, timeout_seconds: float = ANSWER_TIMEOUT_SECONDS) -> ApiAnswer:
        """Ask for something. Raises OSError, aiohttp.ClientError or TimeoutError."""
        return await self._call("GET", path, token, None, timeout_seconds)

    async def post(
        self, path: str, token: str, body: Mapping[str, Any], timeout_seconds: float = ANSWER_TIMEOUT_SECONDS
    ) -> ApiAnswer:
        """Have something done. Raises the same; then it is not known whether it was done."""
        return await self._call("POST", path, token, body, timeout_seconds)

    async def _call(
        self, method: str, path: str, token: str, body: Mapping[str, Any] | None, timeout_seconds: float
    ) -> ApiAnswer:
        headers = {"Authorization": f"Bearer {token}", "X-Request-Id": str(time_ordered_uuid())}
        timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        url = URL(self._url + path, encoded=True)
        async with self._http.request(method, url, headers=headers, json=body, timeout=timeout) as response:
            answered = await response.read()
            return ApiAnswer(response.status, answered, _object(answered), response.headers.get("Retry-After", ""))


def refusal_of(answer: ApiAnswer) -> Refusal:
    """What a client is told where the API did not do what it asked for."""
    code, detail = _code(answer.content), str(answer.content.get("detail") or "the API refused")
    match answer.status:
        case 401:
            return Refusal("unauthorized", detail)
        case 403:
            return Refusal("forbidden", detail)
        case 404:
            return Refusal(code or "not_found", detail)
        case 409:
            own = {name: value for name, value in answer.content.items() if name not in _COMMON}
            return Refusal(code or "conflict", detail, details=own)
        case 400 | 413 | 415 | 422:
            return Refusal("bad_request", _first_error(answer.content) or detail)
        case 429:
            return Refusal("rate_limited", detail, retry_ms=_retry_ms(answer.retry_after))
        case _:
            return outcome_unknown(_retry_ms(answer.retry_after))


def outcome_unknown(retry_ms: int | None = None) -> Refusal:
    """The API did not say what became of it."""
    message = "the API did not answer, so it is not known whether this was done; ask again: twice is once"
    return Refusal("unavailable", message, retry_ms=spread_ms(1000, 3000) if retry_ms is None else retry_ms)


def _code(problem: Mapping[str, Any]) -> str | None:
    """The problem's own name, if it is one: it becomes a metric's label."""
    code = problem.get("code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None


def _first_error(problem: Mapping[str, Any]) -> str | None:
    match problem.get("errors"):
        case [{"path": str(path), "message": str(message)}, *_]:
            return f"data.{path}: {message}" if path else message
        case _:
            return None


def _retry_ms(retry_after: str) -> int:
    """The API's own word, spread over half as much again: whoever was sent away together must not return together."""
    if not (retry_after.isascii() and retry_after.isdigit()):
        return spread_ms(1000, 3000)
    least = 1000 * max(1, min(int(retry_after), LONGEST_RETRY_SECONDS))
    return spread_ms(least, least * 3 // 2)


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        content = from_json(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


@asynccontextmanager
async def open_api(api_url: str) -> AsyncIterator[ApiClient]:
    """A client with its own connections to the API."""
    async with aiohttp.ClientSession() as http:
        yield ApiClient(http, api_url)
