import time
from uuid import RFC_4122

import pytest

from shared.events.ids import time_ordered_uuid


def test_an_id_is_a_uuid_of_version_7() -> None:
    """Version and variant stand where RFC 9562 puts them, whatever the random bits are."""
    ids = [time_ordered_uuid() for _ in range(1000)]

    assert {identifier.version for identifier in ids} == {7}
    assert {identifier.variant for identifier in ids} == {RFC_4122}


def test_an_id_begins_with_its_time() -> None:
    """The first 48 bits are the milliseconds since the epoch."""
    before = time.time_ns() // 1_000_000
    identifier = time_ordered_uuid()
    after = time.time_ns() // 1_000_000

    assert before <= identifier.int >> 80 <= after


def test_ids_rise_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id made a millisecond later is larger, so that an index grows at its end."""
    milliseconds = iter(range(1_750_000_000_000, 1_750_000_001_000))
    monkeypatch.setattr(time, "time_ns", lambda: next(milliseconds) * 1_000_000)

    ids = [time_ordered_uuid() for _ in range(1000)]

    assert ids == sorted(ids)
    assert [str(identifier) for identifier in ids] == sorted(str(identifier) for identifier in ids)


def test_ids_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """All 74 random bits are used: thousands of webhooks in one millisecond do not meet."""
    monkeypatch.setattr(time, "time_ns", lambda: 1_750_000_000_000_000_000)

    ids = [time_ordered_uuid().int for _ in range(10_000)]

    assert len(set(ids)) == len(ids)
    varying = 0
    for identifier in ids:
        varying |= identifier ^ ids[0]
    assert varying.bit_count() == 74
