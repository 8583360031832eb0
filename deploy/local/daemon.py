"""A program that outlives the command which started it: start, adopt, wait for, stop."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.account import Account
from deploy.local.listeners import Listener, can_listen, find_listener
from deploy.local.logs import open_bounded, telling_lines
from deploy.local.ports import OFFSET_VARIABLE
from deploy.local.probes import Probe
from deploy.local.problem import Problem
from deploy.local.processes import Process, Record, identify, is_alive, signal_process

_POLL = 0.02  # seconds between looks at a process or port: short enough not to be felt
_SLOWEST_POLL = 0.25  # seconds, for what takes long
_CONNECTION_LINGERS = 65.0  # seconds: TIME_WAIT, in which a closed connection still holds its port, lasts 60
_EVIDENCE = 15  # lines of log


@dataclass(frozen=True)
class Launch:
    """How to start a program."""

    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    account: Account | None = None


@dataclass
class Daemon:
    """A program of the local stack, whether it runs or not."""

    name: str
    ports: tuple[int, ...]
    log: Path
    record_file: Path
    probe: Probe
    prepare: Callable[[], Launch]
    owns: Callable[[Listener], bool]
    stop_steps: tuple[tuple[signal.Signals, float], ...]  # each signal, and the seconds it is given
    start_seconds: float = 120.0
    child: subprocess.Popen[bytes] | None = None  # set where this very command started it

    @property
    def record(self) -> Record:
        """The file that remembers its process."""
        return Record(self.record_file)


def running_process(daemon: Daemon) -> Process | None:
    """The daemon's process, found by its record or, where a kill came between start and record, by its port."""
    return daemon.record.read() or _adopt(daemon)


def is_ready(daemon: Daemon) -> bool:
    """Whether it is ours and answers."""
    return daemon.record.read() is not None and daemon.probe() is None


def refuse_taken_ports(idle: Iterable[Daemon]) -> None:
    """Find out before anything is started that something would not start."""
    for daemon in idle:
        if running_process(daemon) is None:
            for port in daemon.ports:
                _refuse_listener(daemon, port)


def start(daemon: Daemon) -> bool:
    """Start it unless it runs already; tells whether it was started. Ready only after `await_ready`."""
    if running_process(daemon) is not None:
        _refuse_moved_ports(daemon)
        return False
    for port in daemon.ports:
        _require_free(daemon, port)
    launch = daemon.prepare()
    daemon.child = _spawn(launch, daemon.log)
    identity = identify(daemon.child.pid)
    if identity is not None:  # else it ended at once, which await_ready reports
        daemon.record.write(identity, daemon.ports)
    return True


def await_ready(*waiting: Daemon) -> None:
    """Wait until all answer; a process that ends instead is reported at once, with its last words."""
    deadline = time.monotonic() + max(daemon.start_seconds for daemon in waiting)
    pending, pause = list(waiting), _POLL
    while pending := [daemon for daemon in pending if not _answers(daemon)]:
        if time.monotonic() > deadline:
            raise _late(pending[0])
        time.sleep(pause)
        pause = min(pause * 1.2, _SLOWEST_POLL)


def stop(daemon: Daemon) -> bool:
    """Stop it, politely first; tells whether there was anything to stop. Returns when the process is gone."""
    process = running_process(daemon)
    if process is not None:
        _end(process, daemon.stop_steps)
    if daemon.child is not None:
        daemon.child.poll()  # so that no zombie of it stays
    daemon.record.clear()
    return process is not None


def ending(daemon: Daemon) -> str:
    """How a daemon ended, in words; only known of one that this very command started."""
    return describe_exit(daemon.child.poll() if daemon.child else None)


def describe_exit(code: int | None) -> str:
    """An exit code as `subprocess` gives it, in words."""
    if code is None:
        return "ended"
    if code >= 0:
        return f"ended with exit code {code}"
    return f"was killed by {signal.Signals(-code).name}"


def _end(process: Process, steps: Sequence[tuple[signal.Signals, float]]) -> None:
    signal_process(process, signal.SIGCONT)  # one that somebody froze could not obey
    for number, seconds in (*steps, (signal.SIGKILL, 10.0)):
        signal_process(process, number)
        if _wait_for_end(process, seconds):
            return
    raise Problem(f"Process {process.pid} does not end, even when killed.", f"Look at it: ps -fp {process.pid}")


def _wait_for_end(process: Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(process):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def _adopt(daemon: Daemon) -> Process | None:
    listener = find_listener(daemon.ports[0])
    if listener is None or listener.pid is None or not daemon.owns(listener):
        return None
    process = identify(listener.pid)
    if process is not None:
        daemon.record.write(process, daemon.ports)
    return process


def _refuse_moved_ports(daemon: Daemon) -> None:
    if daemon.record.ports() != daemon.ports:
        raise Problem(
            f"{daemon.name} runs on port {daemon.record.ports()[0]}, and now port {daemon.ports[0]} is asked for.",
            f"Did {OFFSET_VARIABLE} or a port's variable change? Set it back, or stop what runs first: make down",
        )


def _refuse_listener(daemon: Daemon, port: int) -> None:
    listener = find_listener(port)
    if listener is not None:
        raise _taken(daemon, port, str(listener))


def _require_free(daemon: Daemon, port: int) -> None:
    _refuse_listener(daemon, port)
    deadline = time.monotonic() + _CONNECTION_LINGERS
    while not can_listen(port):
        if time.monotonic() > deadline:
            raise _taken(daemon, port, "the local end of somebody's connection")
        time.sleep(_POLL)


def _taken(daemon: Daemon, port: int, by: str) -> Problem:
    return Problem(
        f"Port {port}, needed for {daemon.name}, is taken by {by}, which this clone did not start.",
        f"Stop that process, or move this clone's ports: set {OFFSET_VARIABLE}, to 100 say, for every make command.",
    )


def _spawn(launch: Launch, log: Path) -> subprocess.Popen[bytes]:
    descriptor = open_bounded(log)
    account = launch.account.popen_arguments() if launch.account else {}
    try:
        return subprocess.Popen(
            launch.command,
            cwd=launch.directory,
            env=dict(launch.environment),
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is ours to handle, in order
            **account,
        )
    finally:
        os.close(descriptor)


def _answers(daemon: Daemon) -> bool:
    if daemon.record.read() is None:
        what = f"{daemon.name} {ending(daemon)} while it started."
        raise Problem(what, _log_advice(daemon), _evidence(daemon))
    return daemon.probe() is None


def _late(daemon: Daemon) -> Problem:
    return Problem(
        f"{daemon.name} did not become ready within {daemon.start_seconds:.0f} s: {daemon.probe() or 'now it is'}",
        _log_advice(daemon),
        _evidence(daemon),
    )


def _log_advice(daemon: Daemon) -> str:
    return f"Read {daemon.log}, repair what it names, then run the same make command again."


def _evidence(daemon: Daemon) -> list[str]:
    return telling_lines(daemon.log, _EVIDENCE)
