from hypothesis import given
from hypothesis import strategies as st

from services.api.cache.entries import Entry
from services.api.cache.memory import LARGEST_SHARE, OVERHEAD_BYTES, Held, Memory, Place

BOUND = 100_000
PLACES = [Place(f"key:{n}", "field") for n in range(40)]


def held(size: int = 100, *, generation: bytes = b"g", expires: float = 100.0) -> Held:
    return Held(Entry("body", b"x" * size), generation, expires)


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, Place, int]]:
    step = st.tuples(
        st.sampled_from(["put", "put", "put", "use", "drop", "clear"]),
        st.sampled_from(PLACES),
        st.integers(0, int(BOUND * 0.3)),
    )
    return draw(st.lists(step, max_size=200))


def do(memory: Memory, step: tuple[str, Place, int]) -> None:
    action, place, size = step
    match action:
        case "put":
            memory.put(place, held(size))
        case "use":
            memory.use(place)
        case "drop":
            memory.drop(place)
        case _:
            memory.clear()


@given(steps())
def test_whatever_is_done_the_bytes_stay_in_their_bound_and_are_counted_right(
    done: list[tuple[str, Place, int]],
) -> None:
    """The bound holds after every step, and the count is that of what is there."""
    memory = Memory(BOUND)
    for step in done:
        do(memory, step)
        assert memory.bytes <= BOUND
    found = [(place, memory.find(place, now=0.0)) for place in PLACES]
    assert memory.bytes == sum(
        len(entry.entry.data) + len(place.key) + len(place.field) + OVERHEAD_BYTES for place, entry in found if entry
    )
    assert len(memory) == sum(entry is not None for _, entry in found)


def test_what_is_asked_for_again_outlives_a_wave_of_what_is_not() -> None:
    """A walk through many conversations does not cost those that are looked at all day."""
    memory = Memory(BOUND)
    memory.put(PLACES[0], held())
    memory.use(PLACES[0])
    for number in range(1000):
        memory.put(Place(f"wave:{number}", ""), held())
    assert memory.find(PLACES[0], now=0.0) is not None
    assert memory.evictions > 0


def test_of_what_was_asked_for_again_the_oldest_goes_first() -> None:
    """The protected segment is bounded too: one that is used there stays, one that is not goes."""
    memory = Memory(BOUND)
    used = Place("used", "")
    memory.put(used, held())
    memory.use(used)
    for number in range(1000):
        memory.put(Place(f"other:{number}", ""), held())
        memory.use(Place(f"other:{number}", ""))
        memory.use(used)
    assert memory.find(used, now=0.0) is not None
    assert memory.find(Place("other:0", ""), now=0.0) is None


def test_one_entry_does_not_push_out_everything() -> None:
    """What is larger than its share of the bound is not held, and what was held in its place is gone."""
    memory = Memory(BOUND)
    memory.put(PLACES[0], held())
    memory.put(PLACES[1], held())
    memory.put(PLACES[0], held(int(BOUND * LARGEST_SHARE) + 1))
    assert memory.find(PLACES[0], now=0.0) is None
    assert memory.find(PLACES[1], now=0.0) is not None


def test_an_entry_ends_with_its_time() -> None:
    """Also where nothing invalidated it."""
    memory = Memory(BOUND)
    memory.put(PLACES[0], held(expires=10.0))
    assert memory.find(PLACES[0], now=9.9) is not None
    assert memory.find(PLACES[0], now=10.0) is None
    assert memory.bytes == 0
