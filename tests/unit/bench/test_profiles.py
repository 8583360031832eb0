"""Stacks are counted by what the time was for, and by which function of ours asked for it."""

import pytest

from tests.bench.profiles import by_label, by_own_function, by_stage, shares

RAW = """\
main (a.py:1);run (shared/runtime/run.py:9);answer (services/x/handlers.py:5);write (aiohttp/web.py:7) 30
main (a.py:1);run (shared/runtime/run.py:9);answer (services/x/handlers.py:6) 10
main (a.py:1);run (shared/runtime/run.py:9);poll (asyncio/base_events.py:2) 40
main (a.py:1) 20
"""


def test_time_goes_to_the_innermost_that_is_known() -> None:
    """What aiohttp does for a handler is HTTP; the handler's own lines are ours."""
    found = shares(RAW, by_label)

    assert found == pytest.approx({"event loop": 0.4, "HTTP": 0.3, "other": 0.2, "ours": 0.1})
    assert list(found) == ["event loop", "HTTP", "other", "ours"]


def test_a_function_of_ours_answers_for_all_that_it_calls() -> None:
    """But not the one that everything runs in."""
    assert shares(RAW, by_own_function) == pytest.approx(
        {"outside of ours": 0.6, "answer in services/x/handlers.py": 0.4}
    )


def test_the_workers_time_goes_to_its_stages() -> None:
    """A claim is asked for by a processor: only what is not a claim is its own; and what the intake runs is the intake's."""
    stacks = {
        "run (services/queue_worker/processor.py:1);claim (services/queue_worker/claims.py:2)": "claim",
        "run (services/queue_worker/processor.py:1);apply (services/queue_worker/effects/apply.py:2)": "effects",
        "run (services/queue_worker/ingest/intake.py:1);execute (psycopg/cursor.py:2)": "intake",
        "watch (shared/observability/vitals.py:2)": "beside the events",
    }

    assert {stack: by_stage(stack.split(";")) for stack in stacks} == stacks


def test_no_stack_at_all_has_no_shares() -> None:
    """A process that slept all the time."""
    assert shares("", by_label) == {}
