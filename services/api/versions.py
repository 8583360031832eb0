"""Which version of a thing a client is shown, and which it has seen: `ETag` and `If-Match`, `"<version>"`."""

import re
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from services.api.problems import invalid_parameter

_VERSION = re.compile(r'"(\d{1,9})"')


def stated_version(request: web.Request) -> int | None:
    """The version, where the request says one. Raises ProblemError (400)."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    if (stated := _VERSION.fullmatch(header.strip())) is None:
        raise invalid_parameter("If-Match", 'Should be the version in quotes, like "3"')
    return int(stated[1])


def etag(shown: Mapping[str, Any]) -> dict[str, str]:
    """The header that says which version is shown."""
    return {"ETag": f'"{shown["version"]}"'}
