"""Answers of servers that are not ours: whatever they send costs no more than this."""

import json

import aiohttp

_CHUNK_BYTES = 64 * 1024


async def bounded_json(response: aiohttp.ClientResponse, most_bytes: int) -> object:
    """The body as JSON. None where it is none, is longer than that, or is nested deeper than can be read.

    Raises what reading does: aiohttp.ClientError, TimeoutError.
    """
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > most_bytes:
            return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
