"""docs/rights.md against the table of rights and the route table. That handlers ask is shown by the tenants' walk."""

from typing import get_args

from services.api.rights import RIGHTS, SCOPE_RIGHTS, Right
from services.api.routes import ENDPOINTS
from services.api.scopes import ENDPOINTS_OF, SCOPE_OF
from shared.auth.service_tokens import SCOPES
from tests.contract.rights_table import (
    ANY,
    EVERYBODY,
    ROLES,
    documented,
    rights_by_role,
    roles_with,
    scopes_of_endpoints,
)
from tests.contract.tables import code, rows_by_heading


def test_the_page_lists_every_right_with_its_roles() -> None:
    """Where this fails, a right was added or given to another role: change the first table."""
    assert rights_by_role() == {right: roles_with(right) for right in get_args(Right)}
    assert set(RIGHTS) == set(ROLES)


def test_the_page_lists_every_endpoint_that_needs_a_token() -> None:
    """Where this fails, an endpoint was added, moved or removed: change its group's table."""
    asked = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS if not endpoint.public}
    assert set(documented()) == asked


def test_the_page_lists_every_scope_and_what_it_opens() -> None:
    """Where this fails, a scope or an endpoint of one was added: change the last two tables. Each opens something."""
    listed = [scope if scope == ANY else code(scope) for scope, _ in rows_by_heading("rights.md")["Scopes"]]
    assert listed == [ANY, *SCOPES] == list(ENDPOINTS_OF)
    opened = {name: scope for scope, names in ENDPOINTS_OF.items() for name in names}
    assert scopes_of_endpoints() == opened
    assert sum(map(len, ENDPOINTS_OF.values())) == len(opened) == len(SCOPE_OF)


def test_scopes_open_what_is_there_and_what_every_role_may() -> None:
    """No scope names an endpoint that is gone, or gives a right that its own does not have."""
    rights = {name: right for name, (right, _) in documented().items()}
    for name, scope in scopes_of_endpoints().items():
        assert rights[name] == EVERYBODY or rights[name] in SCOPE_RIGHTS[scope], name


def test_the_roles_of_each_endpoint_are_those_of_its_right() -> None:
    """Whoever reads one row needs no other table."""
    assert {name: roles for name, (_, roles) in documented().items()} == {
        name: roles_with(right) for name, (right, _) in documented().items()
    }
