"""The product as a user meets it: real processes, started by their documented commands, driven from outside."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.ports import free_port
from tests.waiting import until

ROOT = Path(__file__).parent.parent
READY_WITHIN_SECONDS = 60.0


@dataclass
class Product:
    """The four services over one set of servers. `environment` is what all of them get, `modules` what is run in place
    of a service, `apart` what one service alone gets, `root` and `python` the code and what runs it.
    """

    environment: Mapping[str, str]
    logs: Path
    processes: dict[str, asyncio.subprocess.Process] = field(default_factory=dict)
    modules: Mapping[str, str] = field(default_factory=dict)
    apart: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    root: Path = ROOT
    python: str = sys.executable

    @property
    def receiver(self) -> str:
        return f"http://127.0.0.1:{self.environment['RECEIVER_PORT']}"

    @property
    def api(self) -> str:
        return f"http://127.0.0.1:{self.environment['API_PORT']}"

    @property
    def socket(self) -> str:
        return f"ws://127.0.0.1:{self.environment['GATEWAY_WS_PORT']}/ws"

    def readiness_url(self, service: str) -> str:
        names = {
            "webhook_receiver": "RECEIVER_PORT",
            "queue_worker": "WORKER_PORT",
            "realtime_gateway": "GATEWAY_PORT",
            "api": "API_PORT",
        }
        return f"http://127.0.0.1:{self.environment[names[service]]}/readyz"

    async def start(self, *services: str) -> None:
        """Start services and return when each says that it is ready."""
        for service in services:
            with (self.logs / f"{service}.log").open("ab") as log:
                self.processes[service] = await asyncio.create_subprocess_exec(
                    self.python,
                    "-m",
                    self.modules.get(service, f"services.{service}"),
                    cwd=self.root,
                    env={**os.environ, **self.environment, **self.apart.get(service, {})},
                    stdout=log,
                    stderr=log,
                )
        await asyncio.gather(*(self.ready(service) for service in services))

    async def ready(self, service: str) -> None:
        """Return when a service is ready; fail with the end of its log when it is not or died."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:

            async def answers() -> bool:
                assert self.processes[service].returncode is None, self.tail(service)
                try:
                    async with http.get(self.readiness_url(service)) as response:
                        return response.status == 200
                except (aiohttp.ClientError, TimeoutError):
                    return False

            await until(answers, within=READY_WITHIN_SECONDS, what=f"{service} ready")

    def tail(self, service: str) -> str:
        return f"{service} died:\n" + (self.logs / f"{service}.log").read_text()[-3000:]

    async def kill(self, service: str) -> None:
        """kill -9: the process gets to do nothing more."""
        process = self.processes.pop(service)
        process.kill()
        await process.wait()

    async def stop(self) -> dict[str, int]:
        """SIGTERM to all; returns their exit codes."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        codes = {name: await process.wait() for name, process in self.processes.items()}
        self.processes.clear()
        return codes


@asynccontextmanager
async def running_product(
    logs: Path,
    environment: Mapping[str, str],
    *services: str,
    modules: Mapping[str, str] | None = None,
    apart: Mapping[str, Mapping[str, str]] | None = None,
    root: Path = ROOT,
    python: str = sys.executable,
) -> AsyncIterator[Product]:
    """Start services on free ports; whatever happens, nothing is left running."""
    ports = ("RECEIVER_PORT", "WORKER_PORT", "GATEWAY_PORT", "GATEWAY_WS_PORT", "API_PORT")
    with_ports = {name: str(free_port()) for name in ports} | dict(environment)
    product = Product(
        {"PROSA_API_URL": f"http://127.0.0.1:{with_ports['API_PORT']}", **with_ports},
        logs,
        modules=modules or {},
        apart=apart or {},
        root=root,
        python=python,
    )
    try:
        await product.start(*services)
        yield product
    finally:
        for name in list(product.processes):
            await product.kill(name)
