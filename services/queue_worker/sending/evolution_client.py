"""Evolution API's REST side: the calls that leave the house."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from services.queue_worker.sending.answers import NotSent, Unclear
from services.queue_worker.sending.calls import Call
from shared.net.bounded_json import bounded_json
from shared.net.guarded_session import is_forbidden
from shared.tracing.current import carried

CONNECT_TIMEOUT_SECONDS = 5.0
# A page of a hundred messages with their thumbnails is some 5 MB. Whose server it is may be any clinic's.
MAX_ANSWER_BYTES = 16 * 1024**2


@dataclass(frozen=True, slots=True)
class Door:
    """Where an instance is reached, and with which key."""

    url: str
    instance: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered: status and JSON body, None where it was no JSON that could be read."""

    status: int
    body: Any


@dataclass(frozen=True, slots=True)
class EvolutionClient:
    """Calls Evolution servers. `timeout` in seconds; `url` and `api_key` are of instances that have none of their own."""

    session: aiohttp.ClientSession
    url: str
    api_key: str = field(repr=False)
    timeout: float

    async def call(self, door: Door, call: Call, timeout: float | None = None) -> Reply | NotSent | Unclear:
        """Make a call. Only a connection that was never made is a call that surely was not."""
        url = f"{door.url.rstrip('/')}/{call.path}/{quote(door.instance, safe='')}"
        try:
            async with self.session.request(
                call.method,
                url,
                json=call.body,
                headers={"apikey": door.api_key, **carried()},
                timeout=aiohttp.ClientTimeout(total=timeout or self.timeout, sock_connect=CONNECT_TIMEOUT_SECONDS),
                allow_redirects=False,  # it would be followed with a GET
            ) as response:
                return Reply(response.status, await bounded_json(response, MAX_ANSWER_BYTES))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _failure(error)


def _failure(error: BaseException) -> NotSent | Unclear:
    if is_forbidden(error):
        return NotSent("misconfigured", "unavailable", "the server's address is in none of EVOLUTION_NETWORKS")
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | aiohttp.InvalidURL):
        return NotSent("unreachable", "unavailable", type(error).__name__)
    return Unclear(f"no answer from Evolution ({type(error).__name__})")
