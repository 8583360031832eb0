"""The calls to destinations: signed, bounded, and to where a webhook may go."""

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import aiohttp
from yarl import URL

from services.queue_worker.delivering.answers import Answer, NotDelivered, read_answer
from shared.auth.standard_webhooks import signed_headers
from shared.net.addresses import AllowedHosts, ForbiddenAddressError, GuardedResolver, check_destination
from shared.tracing.current import carried

CONNECT_TIMEOUT_SECONDS = 5.0
# What is read of an answer, so that whoever sends it is not cut off; nothing of it is used.
MOST_ANSWER_BYTES = 64 * 1024
_CALLS_TO_ONE_HOST = 16


@dataclass(frozen=True, slots=True)
class HookClient:
    """Calls destinations. `timeout` in seconds, of a whole call."""

    session: aiohttp.ClientSession
    allowed: AllowedHosts
    timeout: float
    clock: Callable[[], float] = time.time

    async def post(self, url: str, secrets: Sequence[str], webhook_id: str, body: bytes) -> Answer:
        """Deliver a body, signed now. Raises MalformedSecretError."""
        headers = signed_headers(secrets, webhook_id, int(self.clock()), body)
        try:
            address = URL(url)
            check_destination(address, self.allowed)
            return await self._post(address, headers, body)
        except ForbiddenAddressError as error:
            return _forbidden(error)
        except (aiohttp.InvalidURL, ValueError) as error:
            # A certificate that is wrong is a ValueError too.
            return _failed(error) if isinstance(error, aiohttp.ClientConnectionError) else _NO_ADDRESS
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            return _failed(error)

    async def _post(self, address: URL, headers: dict[str, str], body: bytes) -> Answer:
        async with self.session.post(
            address,
            data=body,
            headers={**headers, "Content-Type": "application/json", **carried()},
            timeout=aiohttp.ClientTimeout(total=self.timeout, sock_connect=CONNECT_TIMEOUT_SECONDS),
            allow_redirects=False,
        ) as response:
            # Whatever happens to the rest of it, this is the answer.
            with suppress(aiohttp.ClientError, TimeoutError, OSError):
                await _drain(response)
            return read_answer(response.status, response.headers.get("Retry-After"))


@asynccontextmanager
async def open_hook_client(allowed: AllowedHosts, timeout: float) -> AsyncGenerator[HookClient, None]:
    """A client of its own: no cookies, no proxy, and connections only to what was judged."""
    connector = aiohttp.TCPConnector(
        resolver=GuardedResolver(allowed), use_dns_cache=False, limit_per_host=_CALLS_TO_ONE_HOST
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        headers={"User-Agent": "prosa", "Accept-Encoding": "identity"},
    ) as session:
        yield HookClient(session, allowed, timeout)


async def _drain(response: aiohttp.ClientResponse) -> None:
    left = MOST_ANSWER_BYTES
    while left > 0 and (chunk := await response.content.read(left)):
        left -= len(chunk)


_NO_ADDRESS = NotDelivered("forbidden_address", "permanent", "the address is none")


def _forbidden(error: ForbiddenAddressError) -> NotDelivered:
    return NotDelivered("forbidden_address", "permanent", str(error))


def _failed(error: Exception) -> NotDelivered:
    name = type(error).__name__
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, ForbiddenAddressError):
            return _forbidden(error.os_error)
        return NotDelivered("unreachable", "unavailable", f"the destination cannot be reached ({name})")
    return NotDelivered("no_answer", "transient", f"the destination did not answer ({name})")
