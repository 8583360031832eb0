import itertools

from hypothesis import given
from hypothesis import strategies as st

from services.api.cache.early import EARLY_SHARE, is_due
from services.api.cache.neighbours import MOST_CLINICS, MOST_HOT, MOST_WAITING, Neighbours, beside
from services.api.cache.waiting import LONGEST_SECONDS, Patience
from services.api.cached_sessions import goes_on
from services.api.preparing import decode_hot, encode_hot
from services.api.stores.conversations import ConversationFilter


def test_the_nearer_its_end_the_likelier_an_entry_is_read_anew() -> None:
    """At its beginning hardly ever, at its end always, whatever the chance."""
    chances = [(n + 0.5) / 1000 for n in range(1000)]
    shares = [sum(is_due(300, left, chance) for chance in chances) / 1000 for left in (200, 30, 10, 5, 1, 0)]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert 0.3 < sum(is_due(300, 300 * EARLY_SHARE, chance) for chance in chances) / 1000 < 0.4


@given(st.floats(0, 1), st.floats(0, 300))
def test_every_chance_is_an_answer(chance: float, left: float) -> None:
    """Also 0 and 1."""
    assert is_due(300, left, chance) in (True, False)


@given(st.lists(st.floats(0, 100)))
def test_nobody_waits_longer_than_a_reading_takes(readings: list[float]) -> None:
    """Nor ever longer than the bound, however long readings take."""
    patience = Patience()
    for seconds in readings:
        patience.took(seconds)
    assert sum(itertools.islice(patience.pauses(), 1000)) <= LONGEST_SECONDS + 1e-9


def test_patience_follows_what_readings_take() -> None:
    """Where they take 20 ms, one waits about that long."""
    patience = Patience()
    for _ in range(100):
        patience.took(0.02)
    assert 0.019 < sum(patience.pauses()) < 0.021


def test_who_stands_beside_is_made_ready_next() -> None:
    """Two below, one above; at the ends there are fewer, of an unknown one none."""
    assert beside("abcde", "c") == ["d", "e", "b"]
    assert beside("abcde", "a") == ["b", "c"]
    assert beside("abcde", "e") == ["d"]
    assert beside("abcde", "x") == []


def test_neighbours_are_bounded_everywhere() -> None:
    """However many clinics, lists and clicks."""
    neighbours = Neighbours()
    for clinic in range(MOST_CLINICS * 2):
        neighbours.note(clinic, [str(n) for n in range(1000)])
        neighbours.opened(clinic, "3")
        for limit in range(5):
            neighbours.hot(clinic, ConversationFilter(), limit)
    assert neighbours.waiting.qsize() <= MOST_WAITING
    assert len(neighbours.take_hot()) == MOST_HOT
    assert neighbours.take_hot() == []
    assert neighbours.first(0, 3) == []
    assert neighbours.first(MOST_CLINICS * 2 - 1, 3) == ["0", "1", "2"]


@given(
    st.integers(1, 2**63 - 1),
    st.builds(
        ConversationFilter,
        status=st.sampled_from([None, "active", "archived"]),
        priority=st.sampled_from([None, "high"]),
        assigned_to=st.none() | st.integers(1, 2**63 - 1),
        unassigned=st.booleans(),
    ),
    st.integers(1, 100),
)
def test_a_hot_list_is_the_same_after_a_restart(clinic_id: int, chosen: ConversationFilter, limit: int) -> None:
    """What is noted in Redis is what is read again."""
    assert decode_hot(encode_hot(clinic_id, chosen, limit)) == (clinic_id, chosen, limit)


def test_a_session_goes_on_unless_it_was_ended() -> None:
    """Ended sessions are those that began before; of somebody who may not sign in none goes on."""
    assert not goes_on(None, 100)
    assert goes_on({"valid_from": None}, 100)
    assert goes_on({"valid_from": 100.0}, 100)
    assert not goes_on({"valid_from": 101.0}, 100)
