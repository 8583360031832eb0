"""The clinic's sources from the API, to the last page."""

from typing import Any

from services.cli.rest.client import Api

_PAGE = "200"


def every_source(api: Api) -> list[dict[str, Any]]:
    """What `GET /api/sources` lists, all of it."""
    page = api.get("/api/sources", [("limit", _PAGE)])
    found = list(page["sources"])
    while cursor := page.get("next_cursor"):
        page = api.get("/api/sources", [("limit", _PAGE), ("cursor", cursor)])
        found += page["sources"]
    return found
