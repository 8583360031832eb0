"""Which version of a thing a client has seen: `If-Match: "<version>"`."""

import re

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
