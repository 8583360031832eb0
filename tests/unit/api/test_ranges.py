"""Which part of a file is asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.ranges import Part, UnsatisfiableRangeError, names_etag, requested_part

SIZES = st.integers(min_value=0, max_value=2**40)


@given(start=SIZES, length=SIZES, size=SIZES)
def test_first_and_last_byte(start: int, length: int, size: int) -> None:
    """`a-b` is what lies within the file of the bytes a to b; nothing of it is refused."""
    end = start + length
    if start >= size:
        with pytest.raises(UnsatisfiableRangeError):
            requested_part(f"bytes={start}-{end}", size)
    else:
        assert requested_part(f"bytes={start}-{end}", size) == Part(start, min(end + 1, size))


@given(start=SIZES, size=SIZES)
def test_from_a_byte_on(start: int, size: int) -> None:
    """`a-` is the rest."""
    if start >= size:
        with pytest.raises(UnsatisfiableRangeError):
            requested_part(f"bytes={start}-", size)
    else:
        assert requested_part(f"Bytes={start}-", size) == Part(start, size)


@given(count=SIZES, size=SIZES)
def test_the_last_bytes(count: int, size: int) -> None:
    """`-n` is the last n, or all where there are fewer; no bytes are not a part."""
    if not count or not size:
        with pytest.raises(UnsatisfiableRangeError):
            requested_part(f"bytes=-{count}", size)
    else:
        assert requested_part(f"bytes=-{count}", size) == Part(max(0, size - count), size)


@given(header=st.text(max_size=40) | st.from_regex(r"bytes ?= ?[0-9,\- ]{0,30}"), size=st.integers(0, 10_000))
def test_no_header_breaks_it(header: str, size: int) -> None:
    """Whatever is asked, the answer is a part with bytes in it, everything, or a refusal."""
    try:
        part = requested_part(header, size)
    except UnsatisfiableRangeError:
        return
    assert part is None or 0 <= part.start < part.stop <= size


@pytest.mark.parametrize(
    "header",
    [None, "", "bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,3-4", "items=0-1", "bytes=a-b", "bytes=٣-٤", "0-1"],
)
def test_what_is_not_served_in_parts_is_served_whole(header: str | None) -> None:
    """Several ranges, other units and nonsense count as not asked."""
    assert requested_part(header, 100) is None


@pytest.mark.parametrize(
    ("header", "known"), [('"a"', True), ('W/"a"', True), ('"x", "a"', True), ("*", True), ('"b"', False), ("a", False)]
)
def test_a_known_tag_is_recognised(header: str, known: bool) -> None:
    """Weak or strong, alone or in a list."""
    assert names_etag(header, '"a"') is known
    assert not names_etag(None, '"a"')
