import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.processes import Process, Record, command_of, identify, is_alive, lives_in, parse_stat

_STAT = "4242 (a (strange) name) S 1 4242 4242 0 -1 4194304 1 0 0 0 5 6 0 0 20 0 1 0 130652 2 3"


def test_start_is_read_behind_any_name() -> None:
    """A program may put spaces and parentheses into its name without changing what is read behind it."""
    assert parse_stat(_STAT, "boot") == ("S", "boot:130652")


def test_living_process_is_recognised(tmp_path: Path) -> None:
    """A record leads back to the very process it was written for."""
    record = Record(tmp_path / "pid/me.json")
    me = identify(os.getpid())
    assert me is not None

    record.write(me, [1, 2])

    assert record.read() == me
    assert record.ports() == (1, 2)


def test_pid_of_somebody_else_is_not_trusted(tmp_path: Path) -> None:
    """A pid that lives, but began at another moment, belongs to another process."""
    record = Record(tmp_path / "me.json")
    me = identify(os.getpid())
    assert me is not None

    record.write(replace(me, started="another boot:1"), [])

    assert record.read() is None


def test_copied_record_is_not_trusted(tmp_path: Path) -> None:
    """A clone that was copied does not take the original's processes for its own."""
    me = identify(os.getpid())
    assert me is not None
    Record(tmp_path / "original.json").write(me, [])

    shutil.copy(tmp_path / "original.json", tmp_path / "copy.json")

    assert Record(tmp_path / "copy.json").read() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": 1}', '{"process": {"pid": 1}}'])
def test_torn_record_counts_as_none(tmp_path: Path, text: str) -> None:
    """A record that a kill left half-written is as good as no record."""
    (tmp_path / "torn.json").write_text(text)

    assert Record(tmp_path / "torn.json").read() is None
    assert Record(tmp_path / "torn.json").ports() == ()


def test_zombie_is_not_alive() -> None:
    """A process that ended counts as gone even before its parent looks at it."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        process = identify(child.pid)
        assert process is not None
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)

        assert not is_alive(process)


def test_unknown_process_is_not_alive() -> None:
    """A process that never was is not alive."""
    assert not is_alive(Process(pid=2**22 + 1, started="never"))


def test_processes_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no /proc, `ps` tells the same."""
    monkeypatch.setattr(processes, "_LINUX", False)

    me = identify(os.getpid())

    assert me is not None
    assert is_alive(me)
    assert "python" in command_of(os.getpid())
    assert identify(2**22 + 1) is None


def test_where_a_process_lives(tmp_path: Path) -> None:
    """A process belongs to the directory it works in."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, cwd=tmp_path) as child:
        assert lives_in(child.pid, tmp_path.parent)
        assert not lives_in(child.pid, tmp_path / "inside")
        child.kill()
