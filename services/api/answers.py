"""Answers as JSON."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from shared.events.live import encode_json


def json_answer(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Encode an answer."""
    return web.Response(body=encode_json(body), status=status, headers=headers, content_type="application/json")


def json_body(body: bytes, *, headers: Mapping[str, str] | None = None) -> web.Response:
    """An answer that is encoded already."""
    return web.Response(body=body, headers=headers, content_type="application/json")
