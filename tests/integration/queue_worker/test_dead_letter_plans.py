"""What housekeeping asks every few seconds reads only what it finds."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from services.queue_worker.operating import releasing
from tests.dead_letters import add_dead_letters
from tests.integration.queue_worker.queue_rows import Owner


@pytest.fixture
def ten_thousand(owner: Owner) -> Owner:
    """Dead letters that have their day, as they have a few seconds after their death."""
    add_dead_letters(owner, 10_000)
    owner.execute("UPDATE failed_messages SET expires_at = now() + interval '90 days'")
    owner.execute("VACUUM ANALYZE failed_messages")
    return owner


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (releasing._DUE.replace("%s", "200"), "idx_failed_messages_release"),
        (releasing._NEXT_RAW, "idx_failed_messages_release"),
        (
            "SELECT id FROM failed_messages WHERE expires_at IS NULL AND state <> 'replaying' ORDER BY id LIMIT 1000",
            "idx_failed_messages_undated",
        ),
        (
            "SELECT id FROM failed_messages WHERE expires_at < clock_timestamp() AND state <> 'replaying'"
            " ORDER BY expires_at LIMIT 1000",
            "idx_failed_messages_expiry",
        ),
    ],
)
def test_housekeeping_finds_by_index(ten_thousand: Owner, statement: str, index: str) -> None:
    """Of ten thousand, none of which has anything to be done, none is read."""
    with ten_thousand.transaction(force_rollback=True):
        ten_thousand.execute("SET LOCAL ROLE prosa_worker")
        row = ten_thousand.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode()).fetchone()
    assert row is not None
    plan = row["QUERY PLAN"] if isinstance(row["QUERY PLAN"], list) else json.loads(row["QUERY PLAN"])
    found = list(nodes(plan[0]["Plan"]))
    assert index in {node.get("Index Name") for node in found}
    assert "failed_messages" not in {node["Relation Name"] for node in found if node["Node Type"] == "Seq Scan"}
