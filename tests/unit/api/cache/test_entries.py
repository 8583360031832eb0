import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.cache.entries import MOST_BYTES, Entry, EntryError, decode_entry, encode_entry

ENTRIES = st.builds(Entry, st.sampled_from(["body", "alias", "missing"]), st.binary(max_size=5000))


@given(ENTRIES, st.integers(1, 5000))
def test_an_entry_comes_back_as_it_was(entry: Entry, compress_from: int) -> None:
    """Whatever its bytes, compressed or not."""
    assert decode_entry(encode_entry(entry, compress_from)) == entry


def test_only_large_bodies_are_compressed() -> None:
    """A small one costs more than it saves."""
    body = Entry("body", b'{"a":1}' * 1000)
    assert len(encode_entry(body, 4096)) < len(body.data) / 10
    assert encode_entry(body, 10_000) == b"b" + body.data


@given(st.binary(max_size=200))
def test_what_is_no_entry_is_none(encoded: bytes) -> None:
    """Foreign bytes are an error, whatever they are, and never something else."""
    with contextlib.suppress(EntryError):
        decode_entry(encoded)


@pytest.mark.parametrize("spoiled", [b"", b"x1", b"z", b"zgarbage", b"z" + zlib.compress(b"x" * 100)[:-3]])
def test_spoiled_bytes_are_refused(spoiled: bytes) -> None:
    """An unknown letter, or what cannot be unpacked whole."""
    with pytest.raises(EntryError):
        decode_entry(spoiled)


def test_what_would_unpack_to_too_much_is_refused() -> None:
    """A few bytes in Redis do not become gigabytes here."""
    with pytest.raises(EntryError):
        decode_entry(b"z" + zlib.compress(b"\0" * (MOST_BYTES * 20)))
