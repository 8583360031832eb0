"""The servers that are broken on purpose: a private stack of their own, so that nothing else is disturbed."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from deploy.local import daemon as daemons
from deploy.local.binaries import find_rabbitmq, missing
from deploy.local.daemon import Daemon
from deploy.local.lock import exclusive
from deploy.local.packages import install
from deploy.local.ports import server_ports
from deploy.local.problem import Problem
from deploy.local.processes import Process, inhabitants, is_alive, signal_process
from deploy.local.progress import Progress
from deploy.local.rabbitmq import broker_environment
from deploy.local.servers import Server, postgres_home, servers_of, stop_servers
from deploy.local.settings import Settings, read_settings, repository_root
from deploy.local.tasks import together
from deploy.local.workspace import ensure_workspace

STACK = "chaos"
POLL_SECONDS = 0.02
STOPS_WITHIN_SECONDS = 30.0
DISK_LIMIT, NO_DISK_ENOUGH = "500MB", "100000GB"
MEMORY_LIMIT, NO_MEMORY_ENOUGH = "0.4", "0"


class Servers:
    """Each can be stopped, killed, frozen and started again. Every call blocks and belongs in a thread."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        found = servers_of(settings, STACK)
        if given := [server.variable for server in found if not server.private]:
            raise Problem(f"{', '.join(given)} is set, and chaos breaks servers.", "Unset it: chaos starts its own.")
        self._servers = {server.kind: server for server in found}

    def up(self) -> None:
        """Start what does not run; what is missing is installed first."""
        ensure_workspace(self._settings)
        with exclusive(self._settings.local / "lock", Progress()):
            install(missing(self._servers), self._settings.root, self._settings.local / "packages.log", Progress())
            together([partial(_start_all, server) for server in self._servers.values()])

    def down(self) -> None:
        """Stop everything, frozen ones too."""
        for kind, server in self._servers.items():
            self.thaw(kind)
            for part in reversed(server.daemons):
                _stop(part)
        stop_servers(self._settings, STACK, Progress())

    @contextmanager
    def running(self) -> Iterator[None]:
        """Up during the block; what ran before it is stopped again at its end, too."""
        self.up()
        try:
            yield
        finally:
            self.down()

    def url(self, kind: str) -> str:
        return self._servers[kind].url()

    def start(self, kind: str) -> None:
        """Start it; returns once it answers."""
        daemon = self._daemon(kind)
        daemons.start(daemon)
        daemons.await_ready(daemon)

    def stop(self, kind: str) -> None:
        """Stop it in good order: of Postgres, the fast shutdown."""
        _stop(self._daemon(kind))

    def kill(self, kind: str, number: signal.Signals = signal.SIGKILL) -> None:
        """End it without a chance to say goodbye; of Postgres, SIGQUIT is the immediate shutdown."""
        daemon = self._daemon(kind)
        process = self._process(kind)
        signal_process(process, number)
        if daemon.child is not None:
            daemon.child.wait(STOPS_WITHIN_SECONDS)
        while is_alive(process):
            time.sleep(POLL_SECONDS)
        daemons.stop(daemon)  # forgets the process

    def freeze(self, kind: str) -> None:
        """Stop its processes where they stand: connections stay open and nothing answers."""
        signal_process(self._process(kind), signal.SIGSTOP)  # the parent first: it starts no more children
        for process in self._all(kind):
            signal_process(process, signal.SIGSTOP)

    def thaw(self, kind: str) -> None:
        """Let it go on."""
        for process in self._all(kind):
            signal_process(process, signal.SIGCONT)

    def raise_disk_alarm(self) -> None:
        self._rabbitmqctl("set_disk_free_limit", NO_DISK_ENOUGH)

    def raise_memory_alarm(self) -> None:
        self._rabbitmqctl("set_vm_memory_high_watermark", NO_MEMORY_ENOUGH)

    def end_alarms(self) -> None:
        self._rabbitmqctl("set_disk_free_limit", DISK_LIMIT)
        self._rabbitmqctl("set_vm_memory_high_watermark", MEMORY_LIMIT)

    def _daemon(self, kind: str) -> Daemon:
        return self._servers[kind].daemons[-1]

    def _process(self, kind: str) -> Process:
        process = daemons.running_process(self._daemon(kind))
        if process is None:
            raise Problem(f"{kind} of stack {STACK} does not run.", "Start chaos anew.")
        return process

    def _all(self, kind: str) -> list[Process]:
        process = daemons.running_process(self._daemon(kind))
        backends = inhabitants(self._postgres_data(), {"postgres"}) if kind == "postgres" else []
        return [*([process] if process else []), *backends]

    def _postgres_data(self) -> Path:
        return postgres_home(self._settings, STACK).data

    def _rabbitmqctl(self, *command: str) -> None:
        script = find_rabbitmq()
        if script is None:
            raise Problem("rabbitmqctl was not found.", "Install RabbitMQ.")
        home = self._settings.local / STACK / "rabbitmq"
        environment = broker_environment(STACK, home, server_ports(STACK, self._settings.variables))
        program = [str(script.with_name("rabbitmqctl")), "--quiet", *command]
        done = subprocess.run(program, env=environment, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Problem(f"rabbitmqctl {command[0]} failed.", "Read what it says.", done.stderr.splitlines()[-15:])


def _stop(daemon: Daemon) -> None:
    daemons.stop(daemon)
    if daemon.child is not None:
        daemon.child.wait(STOPS_WITHIN_SECONDS)  # Erlang's first thread is gone before the others are


def _start_all(server: Server) -> None:
    for part in server.daemons:
        daemons.start(part)
        daemons.await_ready(part)


def chaos_servers() -> Servers:
    """The chaos stack of this clone."""
    return Servers(read_settings(repository_root(), os.environ))
