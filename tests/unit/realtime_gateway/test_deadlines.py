"""When tokens expire."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.connections.deadlines import Deadlines


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 20)), st.sets(st.text(max_size=3)), st.integers(0, 25))
def test_due_is_what_was_not_forgotten(items: dict[str, int], forgotten: set[str], now: int) -> None:
    """Exactly the items whose second has come are due, once."""
    deadlines: Deadlines[str] = Deadlines()
    for item, second in items.items():
        deadlines.add(item, second)
    for item in forgotten & set(items):
        deadlines.discard(item, items[item])

    assert set(deadlines.take_due(now)) == {i for i, second in items.items() if second <= now} - forgotten
    assert deadlines.take_due(now) == []


def test_forgetting_the_unknown_is_no_error() -> None:
    """What was due already may still be forgotten."""
    deadlines: Deadlines[str] = Deadlines()
    deadlines.add("a", 1)
    deadlines.take_due(1)

    deadlines.discard("a", 1)
    deadlines.add("b", 1)
    assert deadlines.take_due(1) == ["b"]
