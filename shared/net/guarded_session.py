"""A way out that leads only where it may: what an admin of one clinic typed must not reach what only we can."""

from typing import Any

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType

from shared.net.addresses import AllowedHosts, ForbiddenAddressError, GuardedResolver, check_link

# Evolution usually stands beside Prosa, in a private network or on the same machine. Link-local addresses, where clouds
# tell machines their credentials, are in none of them.
EVOLUTION_NETWORKS = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8,::1/128,fc00::/7"


def guarded_session(allowed: AllowedHosts, **options: Any) -> aiohttp.ClientSession:
    """A session whose every request is judged: addresses as they are written, names by what they resolve to.

    The connection is made to the very address that was judged, so a name that leads elsewhere a moment later leads nowhere.
    No request goes through a connection that another was judged for, nor through one that its server may be closing.
    """

    async def judging(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
        check_link(request.url, allowed)
        return await handler(request)

    connector = aiohttp.TCPConnector(resolver=GuardedResolver(allowed), use_dns_cache=False, force_close=True)
    return aiohttp.ClientSession(
        connector=connector, middlewares=(judging,), cookie_jar=aiohttp.DummyCookieJar(), **options
    )


def is_forbidden(error: BaseException) -> bool:
    """Whether a request failed because it led where it may not."""
    # aiohttp makes an error of its own of it, and keeps ours as the cause.
    return any(
        isinstance(found, ForbiddenAddressError) for found in (error, error.__cause__, getattr(error, "os_error", None))
    )
