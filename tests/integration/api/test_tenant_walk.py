"""Every endpoint, as every role of another clinic: nothing is told, nothing is changed, nothing breaks."""

from collections.abc import Callable

import pytest
from redis.asyncio import Redis

from services.api import opening
from services.api.resources import RESOURCES
from shared.db.pool import open_pool
from tests.contract.rights_table import needed_right, roles_with
from tests.integration.api.client import Api, Caller
from tests.integration.api.conftest import Serve
from tests.integration.api.factories import Owner, add_conversation, add_message, insert
from tests.integration.api.one_of_everything import BIG, one_of_everything
from tests.integration.api.tenant_walk import Call, Ids, everything, marks, walk
from tests.waiting import until

pytestmark = pytest.mark.artificial_events

ROLES = ("agent", "supervisor", "operator", "admin")


@pytest.fixture
def theirs(owner: Owner) -> Ids:
    """Clinic 1, with one of everything that a path or a body can name."""
    return Ids(owner, 1, one_of_everything(owner))


@pytest.fixture
def strangers(owner: Owner, token_of: Callable[..., str]) -> dict[str, str]:
    """A token of each role in clinic 2."""
    for role in ROLES:
        insert(
            owner, "users", clinic_id=2, email=f"{role}@outra.test", name=f"Outra {role}", role=role, password_hash="x"
        )
    return {role: token_of(f"{role}@outra.test") for role in ROLES}


async def find_nothing(api: Api, role: str, token: str, theirs: Ids, call: Call, secrets: set[str]) -> None:
    owner = theirs.owner
    answer = await call.by(Caller(api, token))
    # Who signs out here is to ask the next question too.
    owner.execute("UPDATE users SET sessions_valid_from = NULL WHERE clinic_id = 2")
    told = answer.content.decode(errors="replace")
    where = f"{role}: {call} -> {answer.status} {told[:300]}"
    assert answer.status < 500, where
    if role not in roles_with(needed_right(call.endpoint)):
        assert answer.status == 403, where
    elif "{" in call.endpoint.path:
        assert answer.status == 404, where
    else:
        assert answer.status != 403, where
    assert [mark for mark in secrets if mark in told and mark not in str(call)] == [], where


@pytest.mark.parametrize("guarded", ["by policies and queries", "by queries alone"])
async def test_no_endpoint_tells_or_changes_anything_of_another_clinic(
    serve: Serve, theirs: Ids, strangers: dict[str, str], monkeypatch: pytest.MonkeyPatch, guarded: str
) -> None:
    """Ids of clinic 1 are nowhere for each role of clinic 2, or refused to its role, and clinic 1 stays as it was."""
    owner = theirs.owner
    if guarded == "by queries alone":
        monkeypatch.setattr(opening, "open_pool", lambda url, _role, **how: open_pool(url, owner.info.user, **how))
    secrets, before = marks(owner, 1) - marks(owner, 2), everything(owner, 1)
    assert {BIG, "ana@demo.test", "Maria de Tal", "uma dor que ninguém saiba"} <= secrets
    async with serve() as api:
        for call in walk(theirs):
            for role, token in strangers.items():
                await find_nothing(api, role, token, theirs, call, secrets)
    assert everything(owner, 1) == before


async def test_nothing_that_is_kept_for_a_clinic_is_told_to_another(
    serve: Serve, theirs: Ids, strangers: dict[str, str], token_of: Callable[..., str], redis: Redis
) -> None:
    """The same walk, with everything of clinic 1 at hand that a cache keeps."""
    secrets, ana = marks(theirs.owner, 1) - marks(theirs.owner, 2), token_of("ana@demo.test")
    async with serve(prosa_cache_enabled=True) as api:
        cache = api.app[RESOURCES].cache
        await until(lambda: cache.link.usable and api.app[RESOURCES].reading.ready, within=40)
        kept = ["/api/conversations-simple", f"/api/contacts/{theirs.one('contacts')}"]
        kept += [f"/api/conversations-simple/{name}" for name in (theirs.conversation["id"], BIG)]
        for call in walk(theirs):
            for path in kept:
                (await Caller(api, ana).get(path)).ok()
            await find_nothing(api, "admin", strangers["admin"], theirs, call, secrets)
        assert cache.statistics.hit_rate() > 0


async def test_the_walk_names_things_that_are_there(serve: Serve, theirs: Ids, token_of: Callable[..., str]) -> None:
    """It proves something: for an admin of their own clinic, each id is found and each body and query is taken."""
    admin = token_of("adm@demo.test")
    async with serve() as api:
        for call in walk(theirs):
            answer = await call.by(Caller(api, admin))
            theirs.owner.execute("UPDATE users SET sessions_valid_from = NULL")
            assert answer.status not in (400, 401, 403, 404, 405, 415), f"{call} -> {answer.status} {answer.content!r}"
            # Nobody listens where Evolution should be: to be told so, one has to get there.
            asked = answer.status == 502 and answer.body["code"] == "evolution_unreachable"
            assert answer.status < 500 or asked, f"{call} -> {answer.status} {answer.content!r}"


def test_marks_are_found_where_they_are(owner: Owner) -> None:
    """Names, words and uuids are looked for in every answer."""
    conversation = add_conversation(owner, external_id=BIG)
    add_message(owner, conversation, content="uma dor que ninguém saiba")
    assert {BIG, "uma dor que ninguém saiba", "ana@demo.test"} <= marks(owner, 1)
