"""docs/rights.md, read as a table: which right an endpoint asks for, and which roles have it."""

from functools import cache

from services.api.endpoint import Endpoint
from services.api.rights import RIGHTS, may
from tests.contract.tables import code, rows_by_heading

EVERYBODY = "-"
ANY = "any"
SCOPE_TABLES = ("Scopes", "Endpoints of scopes")
ROLES = ("agent", "supervisor", "operator", "admin")


@cache
def documented() -> dict[str, tuple[str, tuple[str, ...]]]:
    """`METHOD /path` of every endpoint with its right and the roles that may ask it, in the page's order."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for heading, rows in rows_by_heading("rights.md").items():
        if heading == "Rights" or heading in SCOPE_TABLES:
            continue
        for endpoint, right, *marks in rows:
            assert code(endpoint) not in found, f"{endpoint} stands twice"
            roles = tuple(role for role, mark in zip(ROLES, marks, strict=True) if mark == "yes")
            found[code(endpoint)] = (right if right == EVERYBODY else code(right), roles)
    return found


def rights_by_role() -> dict[str, tuple[str, ...]]:
    """Each right with the roles that have it, as the page says."""
    return {
        code(right): tuple(role for role, mark in zip(ROLES, marks, strict=True) if mark == "yes")
        for right, *marks, _meaning in rows_by_heading("rights.md")["Rights"]
    }


def scopes_of_endpoints() -> dict[str, str]:
    """`METHOD /path` of every endpoint that a service token opens, with the scope it takes, as the page says."""
    rows = rows_by_heading("rights.md")["Endpoints of scopes"]
    assert len({endpoint for endpoint, _ in rows}) == len(rows)
    return {code(endpoint): scope if scope == ANY else code(scope) for endpoint, scope in rows}


def needed_right(endpoint: Endpoint) -> str:
    """The right that the page says an endpoint asks for."""
    return documented()[f"{endpoint.method} {endpoint.path}"][0]


def roles_with(right: str) -> tuple[str, ...]:
    """The roles that the code gives a right to."""
    return tuple(role for role in RIGHTS if right == EVERYBODY or may(role, right))  # type: ignore[arg-type]
