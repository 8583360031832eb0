"""The API holds what its own document says, whatever it is asked."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.integration.api.factories import Owner
from tests.integration.api.fuzzed_ids import RealIds
from tests.integration.api.fuzzing import Budget, Fuzzer
from tests.integration.api.one_of_everything import one_of_everything
from tests.product import Product, running_product

pytestmark = [pytest.mark.artificial_events, pytest.mark.timeout(3600)]

# What a run of the suite asks of each endpoint. More, and something else: CONTRIBUTING.md, "Tests".
BUDGET = Budget(
    edges=int(os.environ.get("PROSA_FUZZ_EDGES", "2")),
    examples=int(os.environ.get("PROSA_FUZZ_EXAMPLES", "2")),
    seed=int(os.environ.get("PROSA_FUZZ_SEED", "1")),
)

AS_BEFORE = """
UPDATE users
SET sessions_valid_from = NULL, active = true, role = CASE email WHEN 'adm@demo.test' THEN 'admin' ELSE 'agent' END
WHERE email IN ('adm@demo.test', 'ana@demo.test')
"""


@pytest.fixture
async def product(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Product]:
    """The API as a process of its own, with nobody where Evolution should be."""
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "MEDIA_STORE": f"file:{tmp_path}/media",
        "EVOLUTION_API_URL": "http://127.0.0.1:1",
    }
    async with running_product(tmp_path, environment, "api") as product:
        yield product


async def test_nothing_breaks_and_every_answer_is_a_documented_one(
    product: Product, owner: Owner, token_of: Callable[..., str]
) -> None:
    """No 5xx, and no status, content type, header or body that the served document does not know, to admin and agent."""
    ids = RealIds(owner, one_of_everything(owner))
    tokens = {name: token_of(f"{name}@demo.test", life=timedelta(hours=8)) for name in ("adm", "ana")}
    sign_in_again = partial(owner.execute, AS_BEFORE)
    fuzzer = Fuzzer(product.api, ids, tokens, sign_in_again, BUDGET)

    await asyncio.to_thread(fuzzer.run)

    assert not fuzzer.findings, fuzzer.report()
    answered = {label for label, status in fuzzer.answers if status < 300 and label.endswith(" adm")}
    assert len(answered) > 60, f"hardly anything was asked that could be answered\n{fuzzer.report()}"
