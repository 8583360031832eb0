"""A proxy as a process."""

import asyncio
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from deploy.local.binaries import find_program
from tests.integration.realtime_gateway.conftest import eventually
from tests.integration.realtime_gateway.proxies.certificate import Certificate
from tests.integration.realtime_gateway.proxies.configurations import Ports


@dataclass
class Proxy:
    """A running proxy in front of two gateways, an API and a receiver."""

    kind: str
    process: Process
    ports: Ports
    certificate: Certificate
    log: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.ports.https}"

    @property
    def ws_url(self) -> str:
        return f"wss://localhost:{self.ports.https}/ws"

    async def reload(self) -> None:
        """Read the configuration anew, as an operator would have it; returns when new workers are there."""
        former = await self._workers()
        self.process.send_signal(signal.SIGHUP if self.kind == "nginx" else signal.SIGUSR2)

        async def renewed() -> bool:
            return bool(await self._workers() - former)

        await eventually(renewed)

    async def _workers(self) -> set[str]:
        _, pids = await ended(["pgrep", "-P", str(self.process.pid)])
        return set(pids.split())


def command(kind: str, configuration: Path) -> list[str]:
    """How the proxy is started in the foreground, so that its end is ours to see."""
    program = str(find_program(kind))
    if kind == "nginx":
        return [program, "-c", str(configuration), "-e", "stderr", "-g", "daemon off;"]
    return [program, "-W", "-db", "-f", str(configuration)]


def check_command(kind: str, configuration: Path) -> list[str]:
    """How an operator checks a configuration."""
    program = str(find_program(kind))
    options = ["-t", "-e", "stderr", "-c"] if kind == "nginx" else ["-c", "-f"]
    return [program, *options, str(configuration)]


async def ended(arguments: Sequence[str]) -> tuple[int | None, str]:
    """A command's exit code and what it said."""
    process = await asyncio.create_subprocess_exec(*arguments, stdout=PIPE, stderr=STDOUT)
    said, _ = await process.communicate()
    return process.returncode, said.decode()


@asynccontextmanager
async def running(kind: str, configuration: Path, ports: Ports, certificate: Certificate) -> AsyncIterator[Proxy]:
    """The proxy, once it accepts connections; ended with all its workers."""
    output = configuration.with_name("output.log")
    with output.open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command(kind, configuration), stdout=log, stderr=STDOUT)
    try:

        async def accepts() -> bool:
            assert process.returncode is None, output.read_text("utf-8")
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", ports.https)
                writer.close()
                return True
            return False

        await eventually(accepts)
        log_file = configuration.with_name("access.log") if kind == "nginx" else output
        yield Proxy(kind, process, ports, certificate, log_file)
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
