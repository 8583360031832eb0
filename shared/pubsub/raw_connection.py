"""A socket to Redis for a protocol of our own, where redis-py's connection hides what must be known of it."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from redis.asyncio.connection import Connection, SSLConnection

Protocol = TypeVar("Protocol", bound=asyncio.Protocol)


async def connect(options: Mapping[str, Any], new: Callable[[], Protocol]) -> Protocol:
    """The protocol, connected; `options` as redis-py reads them from an address. Raises OSError."""
    loop = asyncio.get_running_loop()
    if "path" in options:
        _, protocol = await loop.create_unix_connection(new, options["path"])
        return protocol
    tls = _tls(options) if issubclass(options.get("connection_class", Connection), SSLConnection) else None
    host, port = options.get("host", "localhost"), options.get("port", 6379)
    _, protocol = await loop.create_connection(new, host, port, ssl=tls)
    return protocol


def _tls(options: Mapping[str, Any]) -> ssl.SSLContext:
    """The same as redis-py's connections have, with all that may stand in an address."""
    given = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return SSLConnection(**given).ssl_context.get()
