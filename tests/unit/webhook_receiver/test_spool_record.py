"""The spool's record format: what was synced is read back, what was torn is not."""

from hypothesis import given
from hypothesis import strategies as st

from services.webhook_receiver.spool.record import decode_records, encode_record

payloads = st.lists(st.binary(min_size=1, max_size=200), max_size=8)


@given(payloads)
def test_what_was_written_is_read(written: list[bytes]) -> None:
    """Records come back whole and in order."""
    assert list(decode_records(b"".join(map(encode_record, written)))) == written


@given(payloads, st.data())
def test_a_torn_write_costs_only_what_it_tore(written: list[bytes], data: st.DataObject) -> None:
    """A file cut anywhere gives the records before the cut."""
    whole = b"".join(map(encode_record, written))
    cut = data.draw(st.integers(0, len(whole)))

    read = list(decode_records(whole[:cut]))

    assert read == written[: len(read)]
    assert len(b"".join(map(encode_record, read))) <= cut
    assert len(b"".join(map(encode_record, written[: len(read) + 1]))) > cut or read == written


@given(payloads, st.binary(max_size=50))
def test_garbage_behind_records_is_no_record(written: list[bytes], garbage: bytes) -> None:
    """Whatever bytes follow, the records before them come first, and nothing raises."""
    read = list(decode_records(b"".join(map(encode_record, written)) + garbage))

    assert read[: len(written)] == written


@given(st.binary(min_size=1, max_size=100), st.integers(min_value=0), st.integers(1, 255))
def test_a_changed_byte_is_noticed(payload: bytes, position: int, change: int) -> None:
    """A record whose payload is not what was written is not read."""
    record = bytearray(encode_record(payload))
    record[8 + position % len(payload)] ^= change

    assert list(decode_records(bytes(record))) == []
