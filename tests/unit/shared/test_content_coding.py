import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.content_coding import BrokenBodyError, LargeBodyError, UnknownCodingError, unfolded

CODED = {
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
    " Deflate ": lambda body: zlib.compress(body, wbits=-zlib.MAX_WBITS),
    "": bytes,
    "identity": bytes,
}


@given(st.binary(max_size=2000), st.sampled_from(sorted(CODED)))
def test_a_body_is_unfolded_to_what_it_was(body: bytes, coding: str) -> None:
    """Deflate also without the header that some senders leave out."""
    assert unfolded(CODED[coding](body), coding, len(body)) == body


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_any_bytes_are_a_body_or_broken(body: bytes, coding: str) -> None:
    """Nothing else is raised, whatever somebody sends."""
    try:
        assert len(unfolded(body, coding, 1000)) <= 1000
    except (BrokenBodyError, LargeBodyError):
        assert body == b"" or body != gzip.compress(b"")


@given(st.binary(min_size=1, max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_neither_a_part_nor_more_than_a_body_is_one(body: bytes, coding: str) -> None:
    """What is missing or would be left over is not passed over."""
    whole = CODED[coding](body)
    for wrong in (whole[:-1], whole + b"\0"):
        with pytest.raises(BrokenBodyError):
            unfolded(wrong, coding, 1000)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_few_bytes_that_unfold_to_many_are_too_many(coding: str) -> None:
    """The bound is on what comes out."""
    with pytest.raises(LargeBodyError):
        unfolded(CODED[coding](bytes(1001)), coding, 1000)


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "x"])
def test_a_coding_that_is_not_known_is_another_matter(coding: str) -> None:
    """It is told apart from a broken body."""
    with pytest.raises(UnknownCodingError):
        unfolded(b"", coding, 1000)
