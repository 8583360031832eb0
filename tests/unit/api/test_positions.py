from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.api.positions import Position, route

BYTES, SECONDS = st.integers(0, 2**63 - 1), st.floats(0, 10)
HISTORIES = st.tuples(st.integers(1, 3), st.integers(1, 3))
PRIMARIES = st.builds(Position, HISTORIES, st.just(False), BYTES)


@given(PRIMARIES, st.builds(Position, HISTORIES, st.booleans(), BYTES), SECONDS, SECONDS)
def test_a_replica_is_read_from_only_where_it_follows_the_same_history_and_has_all(
    wanted: Position, replica: Position, waited: float, patience: float
) -> None:
    """And it is waited for only where waiting may help, and no longer than one has patience."""
    follows = replica.standby and replica.history == wanted.history
    match route(wanted, replica, waited, patience):
        case "replica":
            assert follows
            assert replica.bytes >= wanted.bytes
        case "wait":
            assert follows
            assert replica.bytes < wanted.bytes
            assert waited < patience
        case "primary":
            assert not follows or (replica.bytes < wanted.bytes and waited >= patience)


@given(PRIMARIES, BYTES)
def test_what_is_applied_later_is_more(wanted: Position, more: int) -> None:
    """A replica that was good enough stays so, and one that has caught up is read from however long that took."""
    caught_up = replace(wanted, standby=True, bytes=wanted.bytes + more)
    assert route(wanted, caught_up, waited=9.0, patience=0.0) == "replica"
