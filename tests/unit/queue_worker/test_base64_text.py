"""Base64 decoded on its way."""

import base64
import json
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.media.base64_text import Base64Decoder, Base64Error, base64_member, decoded


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(edges)]


async def chunks(data: bytes, cuts: Sequence[int]) -> AsyncIterator[bytes]:
    for piece in pieces(data, cuts):
        yield piece


CUTS = st.lists(st.integers(0, 10_000), max_size=6)


@given(data=st.binary(max_size=400), cuts=CUTS, url_safe=st.booleans(), padded=st.booleans())
def test_any_cutting_decodes_to_the_same(data: bytes, cuts: list[int], url_safe: bool, padded: bool) -> None:
    """Both alphabets, with and without the padding at the end."""
    text = base64.urlsafe_b64encode(data) if url_safe else base64.b64encode(data)
    decoder = Base64Decoder()

    out = b"".join(map(decoder.feed, pieces(text if padded else text.rstrip(b"="), cuts))) + decoder.finish()

    assert out == data


@pytest.mark.parametrize("text", [b"abc!", b"a", b"YQ==YQ==", b"YQ==x", b"=", b"Y=Q=", "á".encode()])
def test_what_is_no_base64_is_refused(text: bytes) -> None:
    """Rather than stored as something else."""

    def decode() -> bytes:
        decoder = Base64Decoder()
        return decoder.feed(text) + decoder.finish()

    with pytest.raises(Base64Error):
        decode()


async def test_a_data_url_is_its_data() -> None:
    """Some integrations send the whole address."""
    assert b"".join([piece async for piece in decoded("data:image/png;base64,aG9qZQ==", piece=3)]) == b"hoje"


@given(data=st.binary(max_size=400), cuts=CUTS, caption=st.text(max_size=60))
async def test_the_member_is_found_in_any_cutting_of_an_answer(data: bytes, cuts: list[int], caption: str) -> None:
    """What a caption says cannot be taken for it."""
    answer = {"mediaType": "image", "caption": f'"base64":"AAAA" {caption}', "base64": base64.b64encode(data).decode()}
    raw = json.dumps(answer | {"buffer": None}).encode()

    assert b"".join([piece async for piece in base64_member(chunks(raw, cuts))]) == data


async def test_an_escaped_solidus_is_a_solidus() -> None:
    """As some JSON encoders write it, also where the answer is cut between the two."""
    raw = b'{"base64": "//\\/+"}'

    for cut in range(len(raw)):
        assert b"".join([piece async for piece in base64_member(chunks(raw, [cut]))]) == base64.b64decode("///+")


async def test_an_answer_without_the_member_is_nothing() -> None:
    """And one that ends in it is an error."""
    assert [piece async for piece in base64_member(chunks(b'{"buffer":null}', []))] == []
    with pytest.raises(Base64Error):
        _ = [piece async for piece in base64_member(chunks(b'{"base64":"AAAA', []))]
