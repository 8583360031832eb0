"""docs/rights.md against the table of rights and the route table. That handlers ask is shown by the tenants' walk."""

from typing import get_args

from services.api.rights import RIGHTS, Right
from services.api.routes import ENDPOINTS
from tests.contract.rights_table import ROLES, documented, rights_by_role, roles_with


def test_the_page_lists_every_right_with_its_roles() -> None:
    """Where this fails, a right was added or given to another role: change the first table."""
    assert rights_by_role() == {right: roles_with(right) for right in get_args(Right)}
    assert set(RIGHTS) == set(ROLES)


def test_the_page_lists_every_endpoint_that_needs_a_token() -> None:
    """Where this fails, an endpoint was added, moved or removed: change its group's table."""
    asked = {f"{endpoint.method} {endpoint.path}" for endpoint in ENDPOINTS if not endpoint.public}
    assert set(documented()) == asked


def test_the_roles_of_each_endpoint_are_those_of_its_right() -> None:
    """Whoever reads one row needs no other table."""
    assert {name: roles for name, (_, roles) in documented().items()} == {
        name: roles_with(right) for name, (right, _) in documented().items()
    }
