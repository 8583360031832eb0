"""The spool's files, on a real disk."""

import errno
import os
from pathlib import Path

import pytest

from services.webhook_receiver.spool import segments as module
from services.webhook_receiver.spool.segments import Segments, SpoolFullError, open_segments

MANY = 10**6


def drained(spool: Segments) -> list[bytes]:
    """Everything in the spool, oldest first, taken out."""
    payloads: list[bytes] = []
    while (segment := spool.oldest()) is not None:
        payloads += segment.payloads
        spool.discard(segment)
    return payloads


def test_a_full_spool_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    """A write beyond the bound is refused whole; once drained there is room again."""
    spool = open_segments(tmp_path, max_bytes=50)
    spool.append([b"x" * 30])

    with pytest.raises(SpoolFullError):
        spool.append([b"y" * 30])

    assert drained(spool) == [b"x" * 30]
    spool.append([b"y" * 30])


def test_what_is_drained_is_gone_from_the_disk(tmp_path: Path) -> None:
    """A discarded segment leaves no file behind and no bytes counted."""
    spool = open_segments(tmp_path, max_bytes=MANY)
    spool.append([b"one", b"two"])

    assert drained(spool) == [b"one", b"two"]

    assert list(tmp_path.rglob("*.segment")) == []
    assert spool.size == 0


def test_what_a_dead_process_left_is_found(tmp_path: Path) -> None:
    """The next process takes over the folder and drains it, in the order of writing."""
    first = open_segments(tmp_path, max_bytes=MANY)
    first.append([b"one"])
    first.append([b"two"])
    first.close()

    second = open_segments(tmp_path, max_bytes=MANY)
    second.append([b"three"])

    assert drained(second) == [b"one", b"two", b"three"]


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    """While one process lives, another one writes elsewhere and drains only its own."""
    first, second = open_segments(tmp_path, max_bytes=MANY), open_segments(tmp_path, max_bytes=MANY)
    first.append([b"first"])
    second.append([b"second"])

    assert drained(second) == [b"second"]
    assert drained(first) == [b"first"]


def test_a_torn_last_record_is_set_aside_and_the_rest_is_drained(tmp_path: Path) -> None:
    """A crash in the middle of a write costs that write only, and its bytes are kept for a person."""
    spool = open_segments(tmp_path, max_bytes=MANY)
    spool.append([b"whole", b"torn by a crash"])
    spool.close()
    [path] = tmp_path.rglob("*.segment")
    os.truncate(path, path.stat().st_size - 3)

    survivor = open_segments(tmp_path, max_bytes=MANY)
    assert drained(survivor) == [b"whole"]

    assert len(list(tmp_path.rglob("*.torn"))) == 1


def test_segments_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drain that is interrupted repeats little, because a segment is closed when it has its size."""
    monkeypatch.setattr(module, "SEGMENT_BYTES", 20)
    spool = open_segments(tmp_path, max_bytes=MANY)
    for number in range(5):
        spool.append([b"%d" % number * 20])

    assert len(list(tmp_path.rglob("*.segment"))) == 5
    assert [payload[:1] for payload in drained(spool)] == [b"0", b"1", b"2", b"3", b"4"]


def test_patients_words_are_for_the_owner_only(tmp_path: Path) -> None:
    """Nobody else on the machine can read the spool."""
    spool = open_segments(tmp_path / "spool", max_bytes=MANY)
    spool.append([b"one"])

    [path] = tmp_path.rglob("*.segment")
    assert path.stat().st_mode & 0o077 == 0
    assert (tmp_path / "spool").stat().st_mode & 0o077 == 0


def test_the_oldest_says_how_long_it_waits(tmp_path: Path) -> None:
    """What a dead process left is counted from when it was written, an empty spool has no age."""
    left = open_segments(tmp_path, max_bytes=MANY)
    left.append([b"one"])
    left.close()
    [path] = tmp_path.rglob("*.segment")
    os.utime(path, (1000.0, 1000.0))

    spool = open_segments(tmp_path, max_bytes=MANY)
    spool.append([b"two"])

    assert spool.oldest_age(1060.0) == 60.0
    drained(spool)
    assert spool.oldest_age(1060.0) == 0.0


def test_a_second_torn_segment_does_not_replace_the_first(tmp_path: Path) -> None:
    """Also where nothing else was left, and the next process begins to count: each is kept for a person."""
    for words in (b"first", b"other"):
        spool = open_segments(tmp_path, max_bytes=MANY)
        spool.append([words])
        spool.close()
        [path] = tmp_path.rglob("*.segment")
        os.truncate(path, path.stat().st_size - 1)
        survivor = open_segments(tmp_path, max_bytes=MANY)
        assert drained(survivor) == []
        survivor.close()

    assert len(list(tmp_path.rglob("*.torn"))) == 2


def test_a_full_disk_is_not_filled_with_beginnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could not be written leaves no file; what was written before is drained, and then there is room again."""
    spool = open_segments(tmp_path, max_bytes=MANY)
    spool.append([b"kept"])

    def full(_descriptor: int, _data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_write_all", full)
        for _ in range(3):
            with pytest.raises(OSError, match="no space"):
                spool.append([b"refused"])

    assert len(list(tmp_path.rglob("*.segment"))) == 1
    spool.append([b"later"])
    assert drained(spool) == [b"kept", b"later"]


def test_a_drained_segment_is_forgotten_though_its_folder_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would be read again and again, and nothing behind it be drained."""
    spool = open_segments(tmp_path, max_bytes=MANY)
    spool.append([b"one"])
    segment = spool.oldest()
    assert segment is not None

    def broken(_folder: Path) -> None:
        raise OSError(errno.EIO, "broken")

    with monkeypatch.context() as patched:
        patched.setattr(module, "_sync_folder", broken)
        with pytest.raises(OSError, match="broken"):
            spool.discard(segment)

    spool.append([b"two"])
    assert drained(spool) == [b"two"]
