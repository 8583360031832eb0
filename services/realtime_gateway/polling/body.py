"""A posted command's text, read within bounds."""

import asyncio

from aiohttp import web

from shared.http.content_coding import is_coded

# As a frame on a socket.
LARGEST_COMMAND_BYTES = 32 * 1024
READ_TIMEOUT_SECONDS = 10.0


async def command_text(request: web.Request) -> str:
    """The body. Raises the HTTP error that it deserves."""
    if request.content_type != "application/json" or is_coded(request.headers.get("Content-Encoding", "")):
        raise web.HTTPUnsupportedMediaType(reason="Send application/json, not compressed.")
    if (request.content_length or 0) > LARGEST_COMMAND_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(READ_TIMEOUT_SECONDS):
            return (await _read(request)).decode()
    except TimeoutError:
        raise web.HTTPRequestTimeout(reason="The body did not come in time.") from None
    except UnicodeDecodeError:
        raise web.HTTPBadRequest(reason="The body is not UTF-8.") from None


async def _read(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST_COMMAND_BYTES:
            raise _too_large()
    return bytes(body)


def _too_large() -> web.HTTPRequestEntityTooLarge:
    return web.HTTPRequestEntityTooLarge(
        max_size=LARGEST_COMMAND_BYTES, actual_size=0, reason=f"A command has at most {LARGEST_COMMAND_BYTES} bytes."
    )
