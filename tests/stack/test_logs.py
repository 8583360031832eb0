import io
import os
from pathlib import Path

import pytest

from deploy.local import logs
from deploy.local.follow import LogReader, Printer, prefix
from deploy.local.logs import last_lines, open_bounded, telling_lines


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_large_log_is_set_aside_when_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log never holds much more than its limit, and one older generation is kept."""
    monkeypatch.setattr(logs, "_ROTATE_AT", 10)
    log = tmp_path / "log/service.log"

    for text in ("first, long enough", "second, long enough", "third"):
        descriptor = open_bounded(log)
        os.write(descriptor, text.encode())
        os.close(descriptor)

    assert log.read_text() == "third"
    assert log.with_name("service.log.1").read_text() == "second, long enough"


def test_last_lines(tmp_path: Path) -> None:
    """The end of a log, whatever bytes it holds; a log that does not exist has no end."""
    (tmp_path / "log").write_bytes(b"one\ntwo\nth\xffree\n")

    assert last_lines(tmp_path / "log", 2) == ["two", "th\N{REPLACEMENT CHARACTER}ree"]
    assert last_lines(tmp_path / "none", 2) == []


def test_rabbitmq_says_why_before_it_says_goodbye(tmp_path: Path) -> None:
    """Of a RabbitMQ that did not start, the reason is shown rather than the many lines after it."""
    append(tmp_path / "log", "\n".join(["hello", "BOOT FAILED", "====", "eaddrinuse", *["bye"] * 50]))

    assert telling_lines(tmp_path / "log", 3) == ["BOOT FAILED", "====", "eaddrinuse"]


def test_reader_gives_whole_new_lines(tmp_path: Path) -> None:
    """Only what is added counts, and a line is given when it is complete."""
    log = tmp_path / "log"
    append(log, "old\n")
    reader = LogReader(log)

    append(log, "new\nhal")
    assert list(reader.new_lines()) == ["new"]
    append(log, "f\n")
    assert list(reader.new_lines()) == ["half"]


def test_reader_follows_a_rotation(tmp_path: Path) -> None:
    """A log that is set aside and begun anew is read from its new beginning."""
    log = tmp_path / "log"
    append(log, "a long line of before\n")
    reader = LogReader(log)

    log.rename(tmp_path / "log.1")
    append(log, "fresh\n")

    assert list(reader.new_lines()) == ["fresh"]


def test_reader_waits_for_a_log_to_appear(tmp_path: Path) -> None:
    """A log may come into being after somebody began to look."""
    reader = LogReader(tmp_path / "log")
    assert list(reader.new_lines()) == []

    append(tmp_path / "log", "first\n")

    assert list(reader.new_lines()) == ["first"]


def test_lines_say_where_they_come_from() -> None:
    """Each line carries its source, in colour only where that is seen."""
    stream = io.StringIO()
    printer = Printer(["api", "queue_worker"], stream, coloured=False)

    printer.print("api", "hello")

    assert stream.getvalue() == "api          | hello\n"
    assert prefix("api", 36) == "\x1b[36mapi |\x1b[0m "
