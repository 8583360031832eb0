import struct
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.envelope import (
    MAGIC,
    EnvelopeError,
    WebhookEnvelope,
    decode_batch,
    encode_envelope,
    join_batch,
)

zones = st.sampled_from([UTC, timezone(timedelta(hours=-3)), timezone(timedelta(hours=5, minutes=45))])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10)
years = datetime(1971, 1, 1), datetime(9998, 1, 1)  # noqa: DTZ001 - the strategy adds the zones
envelopes = st.builds(
    WebhookEnvelope,
    event_id=st.uuids(),
    clinic_id=st.integers(1, 2**63 - 1),
    source_id=st.integers(1, 2**63 - 1),
    source_kind=st.text(st.characters(exclude_categories=["Cs"])),
    received_at=st.datetimes(*years, timezones=zones),
    body=st.binary(),
    headers=st.dictionaries(texts, texts, max_size=3),
    trace=st.none() | st.dictionaries(texts, texts, min_size=1, max_size=2),
)
batches = st.lists(envelopes, max_size=4)


def encoded(batch: list[WebhookEnvelope]) -> bytes:
    return join_batch(map(encode_envelope, batch))


def batch_with(**changes: Any) -> bytes:
    """A well-formed batch whose one header says something else."""
    header = {
        "id": "0190f6b5-0000-7000-8000-000000000000",
        "clinic": 1,
        "source": 2,
        "kind": "evolution",
        "at": "2025-06-27T03:59:16.363Z",
    }
    return raw_batch(orjson.dumps({name: value for name, value in (header | changes).items() if value is not ...}))


def raw_batch(header: bytes) -> bytes:
    return MAGIC + struct.pack(">II", len(header), 2) + header + b"{}"


@given(batches)
def test_a_batch_gives_back_its_webhooks(batch: list[WebhookEnvelope]) -> None:
    """Nothing is lost on the way and the order stays: ids, times to the microsecond, and bodies byte by byte."""
    assert decode_batch(encoded(batch)) == batch


@given(batches, st.data())
def test_a_truncated_batch_is_refused_or_shorter(batch: list[WebhookEnvelope], data: st.DataObject) -> None:
    """Cut between two webhooks it is a shorter batch, cut anywhere else it is none."""
    whole = encoded(batch)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]

    try:
        left = decode_batch(cut)
    except EnvelopeError:
        return
    assert left == batch[: len(left)]
    assert cut == encoded(left)


@given(batches, st.data())
def test_a_garbled_batch_fails_in_one_way_only(batch: list[WebhookEnvelope], data: st.DataObject) -> None:
    """Whatever happened to the bytes: it is a batch or an EnvelopeError, never what would end a consumer."""
    whole = encoded(batch)
    start = data.draw(st.integers(0, len(whole)))
    end = data.draw(st.integers(start, min(len(whole), start + 8)))
    garbled = whole[:start] + data.draw(st.binary(max_size=8)) + whole[end:]

    try:
        decode_batch(garbled)
    except EnvelopeError:
        return


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(["id", "clinic", "source", "kind", "at", "headers"]), json_values)
def test_a_header_with_another_type_fails_in_one_way_only(name: str, value: Any) -> None:
    """Each field may be anything JSON can say."""
    try:
        decode_batch(batch_with(**{name: value}))
    except EnvelopeError:
        return


@pytest.mark.parametrize(
    "batch",
    [
        b"",
        b"PRW",
        b"PRW2",
        b"{}",
        MAGIC + b"\x00",
        MAGIC + b"\xff" * 8,
        MAGIC + b"\x00" * 8,
        raw_batch(b"null"),
        raw_batch(b"[]"),
        raw_batch(b'"text"'),
        raw_batch(b"{"),
        raw_batch(b"\xff"),
        raw_batch(b"[" * 100_000),
        *(batch_with(**{name: ...}) for name in ("id", "clinic", "source", "kind", "at")),
        batch_with(id=1),
        batch_with(id="no uuid"),
        batch_with(clinic=[]),
        batch_with(clinic="one"),
        batch_with(at=0),
        batch_with(at="yesterday"),
        batch_with(at="9999-12-31T23:59:59.999999Z"),
        batch_with(at="2025-06-27T03:59:16"),
        *(batch_with(**{name: value}) for name in ("clinic", "source") for value in (0, -1, 2**63, 1e300, "9" * 30)),
        batch_with(headers=None),
        batch_with(headers=["accept"]),
        batch_with(headers={"accept": 1}),
        batch_with(headers={"accept": "\0"}),
        raw_batch(
            b'{"id":"0190f6b5-0000-7000-8000-000000000000","clinic":1e400,"source":1,"kind":"n8n","at":"2025-01-01"}'
        ),
    ],
)
def test_what_no_receiver_wrote_is_refused(batch: bytes) -> None:
    """Foreign messages in our queue are told from ours."""
    with pytest.raises(EnvelopeError):
        decode_batch(batch)


def test_a_batch_of_nothing_is_empty() -> None:
    """The magic alone is a batch without webhooks."""
    assert decode_batch(join_batch([])) == []


def test_a_later_receiver_may_say_more() -> None:
    """Fields this version doesn't know are skipped, so receivers and workers may be rolled out in any order."""
    (envelope,) = decode_batch(batch_with(hop="0af7651916cd43dd8448eb211c80319c"))

    assert envelope.received_at == datetime(2025, 6, 27, 3, 59, 16, 363000, tzinfo=UTC)


def test_an_older_receivers_batch_has_no_headers() -> None:
    """What was published before the release that added them is read as ever."""
    (envelope,) = decode_batch(batch_with())

    assert envelope.headers == {}


def test_an_older_worker_reads_a_newer_receivers_batch() -> None:
    """The headers are one more member of the header it knows, and no member at all where there are none."""
    (with_headers,) = decode_batch(batch_with(headers={"user-agent": "axios/1.7"}))
    plain = encode_envelope(replace(with_headers, headers={}))

    assert with_headers.headers == {"user-agent": "axios/1.7"}
    assert b"headers" not in plain
