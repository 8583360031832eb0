"""The API in this process, against the real Postgres and Redis, and callers of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiohttp.test_utils import TestClient, TestServer
from psycopg.rows import DictRow

from services.api.app import create_app
from services.api.settings import Settings
from shared.auth.tokens import DEVELOPMENT_SECRET, issue_token
from tests.integration.api.client import Api, Caller
from tests.integration.api.factories import Owner, add_contact, add_conversation

Serve = Callable[..., AbstractAsyncContextManager[Api]]
CallerOf = Callable[..., Caller]


@pytest.fixture
def serve(database_url: str, redis_url: str, tmp_path: Path) -> Serve:
    """Serves the API under the test's settings; each can be overridden."""

    @asynccontextmanager
    async def serving(**overrides: Any) -> AsyncIterator[Api]:
        servers = {"database_url": database_url, "redis_url": redis_url, "media_store": f"file:{tmp_path}"}
        servers["evolution_api_url"] = "http://127.0.0.1:1"  # where nobody listens
        # Tests write into the database past the API, and look at what it reads. Those of the cache have it.
        defaults = {"prosa_api_pool_size": 4, "prosa_cache_enabled": False}
        settings = Settings(**{**servers, **defaults, **overrides})
        async with TestClient(TestServer(create_app(settings))) as api:
            yield api

    return serving


@pytest.fixture
async def api(serve: Serve) -> AsyncIterator[Api]:
    async with serve() as api:
        yield api


@pytest.fixture
async def ana_of_many(serve: Serve, token_of: Callable[..., str]) -> AsyncIterator[Caller]:
    """An agent of clinic 1 of whom twenty requests at once wait for one another, and none for a connection."""
    async with serve(prosa_api_pool_size=20) as api:
        yield Caller(api, token_of("ana@demo.test"))


@pytest.fixture
def token_of(owner: Owner) -> Callable[..., str]:
    """A demo user's token, issued without signing in."""

    def token(email: str, **changes: Any) -> str:
        user = owner.execute("SELECT * FROM users WHERE email = %s", [email]).fetchone()
        assert user is not None
        claims = {
            "secret": DEVELOPMENT_SECRET,
            "user_id": user["id"],
            "clinic_id": user["clinic_id"],
            "role": user["role"],
            "name": user["name"],
            "now": datetime.now(UTC),
            "life": timedelta(hours=1),
        }
        return issue_token(**(claims | changes))

    return token


@pytest.fixture
def ana(api: Api, token_of: Callable[..., str]) -> Caller:
    """An agent of clinic 1."""
    return Caller(api, token_of("ana@demo.test"))


@pytest.fixture
def bruno(api: Api, token_of: Callable[..., str]) -> Caller:
    """Another agent of clinic 1."""
    return Caller(api, token_of("bruno@demo.test"))


@pytest.fixture
def carla(api: Api, token_of: Callable[..., str]) -> Caller:
    """An agent of clinic 2."""
    return Caller(api, token_of("carla@outra.test"))


@pytest.fixture
def sofia(api: Api, token_of: Callable[..., str]) -> Caller:
    """A supervisor of clinic 1."""
    return Caller(api, token_of("sofia@demo.test"))


@pytest.fixture
def oper(api: Api, token_of: Callable[..., str]) -> Caller:
    """An operator of clinic 1."""
    return Caller(api, token_of("oper@demo.test"))


@pytest.fixture
def adm(api: Api, token_of: Callable[..., str]) -> Caller:
    """An admin of clinic 1."""
    return Caller(api, token_of("adm@demo.test"))


@pytest.fixture
def nobody(api: Api) -> Caller:
    """Somebody without a token."""
    return Caller(api)


@pytest.fixture
def conversation(owner: Owner) -> DictRow:
    """Nobody's conversation."""
    contact = add_contact(owner, name="Maria Silva")
    return add_conversation(owner, contact_id=contact["id"], external_id="5511965860124551150391104")


@pytest.fixture
def id_of(owner: Owner) -> Callable[[str], str]:
    def find(name: str) -> str:
        [row] = owner.execute("SELECT id FROM users WHERE email LIKE %s", [f"{name}@%"]).fetchall()
        return str(row["id"])

    return find


# The tenant's own setting; who looked at what; which database it is.
BESIDE_REQUESTS = ("prosa.clinic_id", "'conversation.read'", "pg_control_system")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, Any]]:
    """What was executed in Postgres since the test began, with its values.

    What stands beside all requests is left out.
    """
    executed: list[tuple[Any, Any]] = []
    execute = psycopg.AsyncCursor.execute

    async def recording(self: Any, query: Any, params: Any = None, **options: Any) -> Any:
        if not any(mark in str(query) for mark in BESIDE_REQUESTS):
            executed.append((query, params))
        return await execute(self, query, params, **options)

    monkeypatch.setattr(psycopg.AsyncCursor, "execute", recording)
    return executed
