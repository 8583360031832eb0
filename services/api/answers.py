"""Answers as JSON."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from aiohttp import web


def json_answer(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Encode an answer."""
    return web.Response(body=_encode(body), status=status, headers=headers, content_type="application/json")


def _encode(body: Mapping[str, Any]) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:
        # An integration's jsonb may hold integers beyond 64 bits, which orjson refuses; they must not turn into a 500.
        return json.dumps(body, ensure_ascii=False).encode()
