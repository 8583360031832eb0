"""Stacks are counted by what the time was for, and by which function of ours asked for it."""

import pytest

from tests.bench.profiles import by_label, by_own_function, shares

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


def test_no_stack_at_all_has_no_shares() -> None:
    """A process that slept all the time."""
    assert shares("", by_label) == {}
