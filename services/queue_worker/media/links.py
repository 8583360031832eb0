"""A file behind a link. Whoever wrote the link may have meant to have us fetch something else."""

from collections.abc import AsyncGenerator

import aiohttp
from yarl import URL

from services.queue_worker.media.failures import NeverError, NotYetError, link_failure
from shared.http.public_addresses import (
    AllowedHosts,
    ForbiddenAddressError,
    GuardedResolver,
    check_link,
)

MOST_REDIRECTS = 3
CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# Compressed, a little could become more than a bound can hold.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "prosa"}


async def linked_file(link: str, allowed: AllowedHosts) -> AsyncGenerator[bytes, None]:
    """The bytes behind a link, in pieces. Raises NotYetError or NeverError."""
    try:
        # A session of its own: no cookies, no connection that somebody else was judged for.
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=GuardedResolver(allowed), use_dns_cache=False, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_TIMEOUT_SECONDS, sock_read=READ_TIMEOUT_SECONDS
            ),
            auto_decompress=False,
            headers=_HEADERS,
        ) as session:
            async with await _follow(session, URL(link), allowed) as response:
                async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
                    yield chunk
    except ForbiddenAddressError as error:
        raise NeverError(str(error)) from error
    except (aiohttp.ClientConnectorError, aiohttp.ClientConnectorDNSError) as error:
        if isinstance(error.os_error, ForbiddenAddressError):
            raise NeverError(str(error.os_error)) from error
        raise NotYetError("the link's server cannot be reached") from error
    except (aiohttp.InvalidURL, ValueError) as error:
        raise NeverError("the link is no address") from error
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise NotYetError(f"the link's server broke off ({type(error).__name__})") from error


async def _follow(session: aiohttp.ClientSession, url: URL, allowed: AllowedHosts) -> aiohttp.ClientResponse:
    """The answer with the file; every address on the way is judged like the first."""
    for _ in range(MOST_REDIRECTS + 1):
        check_link(url, allowed)
        response = await session.get(url, allow_redirects=False)
        if response.status not in _REDIRECTS:
            return _with_file(response)
        location = response.headers.get("Location", "")
        response.close()
        url = url.join(URL(location))
    raise NeverError("the link leads from one address to the next without end")


def _with_file(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    if response.status != 200:  # noqa: PLR2004
        response.close()
        raise link_failure(response.status)
    if response.headers.get("Content-Encoding", "identity").lower() not in {"", "identity"}:
        response.close()
        raise NeverError("the link's server sends the file encoded, though it was not asked to")
    return response
