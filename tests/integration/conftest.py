"""Holds what every test's services wanted to tell clients against the protocol."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.frames import check_published

# But for what is told to nobody.
TOLD = "SELECT channel, event, ephemeral FROM outbox WHERE NOT starts_with(channel, 'contato:')"


@pytest.fixture(autouse=True)
def _told_as_documented(request: pytest.FixtureRequest) -> Iterator[None]:
    """Events that a test left in the outbox are ones that the protocol's models know, field by field.

    A test that puts events of its own there says so: `pytest.mark.artificial_events`.
    """
    if "database_url" not in request.fixturenames or request.node.get_closest_marker("artificial_events"):
        yield
        return
    url = request.getfixturevalue("database_url")
    yield
    with psycopg.connect(url) as owner:
        for channel, event, ephemeral in owner.execute(TOLD).fetchall():
            check_published(channel, event, ephemeral=ephemeral)
