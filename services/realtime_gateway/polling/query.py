"""What a request says in its URL. Pure."""

import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from services.realtime_gateway.polling.positions_text import Asked, read_channels
from services.realtime_gateway.protocol.refusal import Refusal

LONGEST_WAIT_SECONDS = 25
# 200 channels with positions, percent-encoded; proxies must take it (deploy/nginx, deploy/haproxy).
LONGEST_URL = 16 * 1024

_WAIT = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?")
_CONNECTION = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TOKEN_NAME = re.compile(r"token|jwt|bearer|auth|secret|password", re.IGNORECASE)
_TOKEN_VALUE = re.compile(r"ey[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")


class PollQuery(NamedTuple):
    """What a client polls, and for how long at most. A tab that is `named` is known from one request to the next."""

    channels: list[Asked]
    wait_seconds: float
    connection: str
    named: bool


def read_poll(query: Mapping[str, str]) -> PollQuery:
    """A poll's parameters. Raises Refusal."""
    refuse_tokens(query)
    channels = read_channels(query.get("channels", ""))
    return PollQuery(channels, _read_wait(query), read_connection(query), "connection" in query)


def read_connection(query: Mapping[str, str]) -> str:
    """The name that a client gave its tab, so that its polls and commands are one connection's. Raises Refusal."""
    named = query.get("connection")
    if named is None:
        return secrets.token_urlsafe(12)
    if not _CONNECTION.fullmatch(named):
        raise Refusal("bad_request", "`connection` is 8 to 64 letters, digits, `_` and `-`")
    return named


def refuse_tokens(query: Mapping[str, str]) -> None:
    """Raise Refusal where a URL has a token in it, which logs and histories would keep."""
    for name, value in query.items():
        if _TOKEN_NAME.search(name) or _TOKEN_VALUE.search(value):
            raise Refusal("bad_request", "tokens do not belong in URLs: send `Authorization: Bearer <token>`")


def _read_wait(query: Mapping[str, str]) -> float:
    text = query.get("wait", str(LONGEST_WAIT_SECONDS))
    if not _WAIT.fullmatch(text) or float(text) > LONGEST_WAIT_SECONDS:
        raise Refusal("bad_request", f"`wait` is a number of seconds from 0 to {LONGEST_WAIT_SECONDS}")
    return float(text)
