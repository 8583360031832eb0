import signal
import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.local import daemon as daemons
from deploy.local.daemon import Daemon, Launch
from deploy.local.probes import probe_port
from deploy.local.problem import Problem
from deploy.local.processes import Process, identify, lives_in
from tests.ports import free_port

_SERVE = "import socket, time; s = socket.create_server(('127.0.0.1', {port})); print('serving', flush=True); {then}"


@pytest.fixture
def port() -> int:
    """A port that is free at this moment."""
    return free_port()


@pytest.fixture
def daemon(tmp_path: Path, port: int) -> Iterator[Daemon]:
    """A small real program that listens on a port."""
    made = make_daemon(tmp_path, port, _SERVE.format(port=port, then="time.sleep(60)"))
    yield made
    daemons.stop(made)


def make_daemon(home: Path, port: int, program: str) -> Daemon:
    return Daemon(
        name="example",
        ports=(port,),
        log=home / "example.log",
        record_file=home / "example.json",
        probe=lambda: probe_port("127.0.0.1", port),
        prepare=lambda: Launch([sys.executable, "-c", program], {}, home),
        owns=lambda listener: listener.pid is not None and lives_in(listener.pid, home),
        stop_steps=((signal.SIGTERM, 0.3),),
        start_seconds=10.0,
    )


def test_starting_twice_starts_once(daemon: Daemon) -> None:
    """What runs already is left as it is."""
    assert daemons.start(daemon)
    daemons.await_ready(daemon)
    first = daemon.record.read()

    assert not daemons.start(daemon)
    assert daemon.record.read() == first
    assert daemons.is_ready(daemon)


def test_moved_port_is_told(daemon: Daemon) -> None:
    """What runs on one port is not waited for on another."""
    daemons.start(daemon)
    moved = replace(daemon, ports=(daemon.ports[0] + 1,), child=None)

    with pytest.raises(Problem, match=f"example runs on port {daemon.ports[0]}"):
        daemons.start(moved)


def test_stopping_leaves_nothing(daemon: Daemon) -> None:
    """After stop the process is gone and its record too; stopping again is no error."""
    daemons.start(daemon)
    daemons.await_ready(daemon)

    assert daemons.stop(daemon)
    assert daemons.running_process(daemon) is None
    assert not daemon.record_file.exists()
    assert not daemons.stop(daemon)


def test_lost_record_is_found_again_by_the_port(daemon: Daemon) -> None:
    """A kill between start and record leaves a process that is still known as ours."""
    daemons.start(daemon)
    daemons.await_ready(daemon)
    process = daemon.record.read()

    daemon.record.clear()

    assert daemons.running_process(daemon) == process


def test_foreign_listener_is_named(tmp_path: Path) -> None:
    """A port that somebody else holds is told with its number and holder, before anything is started."""
    with socket.create_server(("127.0.0.1", 0)) as foreign:
        port = foreign.getsockname()[1]
        daemon = make_daemon(tmp_path, port, "")

        with pytest.raises(Problem, match=rf"Port {port}, needed for example, is taken by .*\(pid \d+\)"):
            daemons.start(daemon)

    assert not (tmp_path / "example.log").exists()


def test_end_while_starting_is_told_at_once(tmp_path: Path, port: int) -> None:
    """A program that ends instead of serving is reported with its exit code and last words, without waiting."""
    daemon = make_daemon(tmp_path, port, "raise SystemExit('the configuration is bad')")
    daemons.start(daemon)
    began = time.monotonic()

    with pytest.raises(Problem, match="example ended with exit code 1 while it started") as caught:
        daemons.await_ready(daemon)

    assert caught.value.evidence == ("the configuration is bad",)
    assert time.monotonic() - began < daemon.start_seconds / 2


def test_process_that_ignores_sigterm_is_killed(tmp_path: Path, port: int) -> None:
    """Stopping ends even what does not want to."""
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _SERVE.format(
        port=port, then="time.sleep(60)"
    )
    daemon = make_daemon(tmp_path, port, stubborn)
    daemons.start(daemon)
    daemons.await_ready(daemon)

    assert daemons.stop(daemon)
    assert daemons.ending(daemon) == "was killed by SIGKILL"


def test_stale_record_does_not_hide_that_nothing_runs(daemon: Daemon) -> None:
    """A record whose process is gone, or whose pid is somebody else's now, does not keep it from starting."""
    daemon.record.write(_somebody_else(), daemon.ports)

    assert daemons.start(daemon)


@pytest.mark.parametrize(
    ("code", "words"), [(None, "ended"), (0, "ended with exit code 0"), (-9, "was killed by SIGKILL")]
)
def test_exit_codes_in_words(code: int | None, words: str) -> None:
    """A signal is told by its name."""
    assert daemons.describe_exit(code) == words


def _somebody_else() -> Process:
    init = identify(1)
    assert init is not None
    return Process(init.pid, "another boot:1")
