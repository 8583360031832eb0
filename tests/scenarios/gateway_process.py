"""A gateway as it is started in production, or a mutant of it: a process with two ports and a log."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.ports import free_port
from tests.product import ROOT

MODULE = "services.realtime_gateway"
READY_WITHIN_SECONDS = 30.0
LEAVES_WITHIN_SECONDS = 15.0
_SAMPLE = re.compile(r"^realtime_gateway_(\w+?)(\{[^}]*\})? (\S+)$", re.MULTILINE)


class GatewayProcess:
    """One gateway; it keeps its ports when it is started again."""

    def __init__(self, name: str, folder: Path, environment: Mapping[str, str], module: str = MODULE) -> None:
        self.name = name
        self.module = module
        self.port = free_port()
        self.http_port = free_port()
        self.log = folder / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._leaving = False
        self.environment = {
            **environment,
            "PROSA_BIND_HOST": "127.0.0.1",
            "GATEWAY_WS_PORT": str(self.port),
            "GATEWAY_PORT": str(self.http_port),
        }

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None and not self._leaving

    def start(self) -> None:
        """Start it, after the one that may be leaving; it is ready some time later."""
        if self.process and self._leaving:
            self.process.wait(LEAVES_WITHIN_SECONDS)
        self._leaving = False
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", self.module]
            environment = {**os.environ, **self.environment}
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def await_ready(self) -> None:
        """Return once it says that it is ready."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not self.ready():
            assert self.runs, f"{self.name} died:\n{self.log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"{self.name} is not ready:\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)

    def ready(self) -> bool:
        """Whether its readiness says yes just now."""
        try:
            with urlopen(f"{self.http}/readyz", timeout=5) as answer:  # noqa: S310 - our own, on this machine
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def freeze(self) -> None:
        """It stops where it stands: connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM: it may end in good order. It is not one that runs any more."""
        self._leaving = True
        self._signal(signal.SIGTERM)

    def exit_code(self) -> int | None:
        """None as long as it runs."""
        assert self.process
        return self.process.poll()

    def kill(self) -> None:
        """kill -9."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def metrics(self) -> dict[str, float]:
        """Its metrics; those with labels by name and labels, and summed by name alone."""
        with urlopen(f"{self.http}/metrics", timeout=10) as answer:  # noqa: S310 - our own, on this machine
            text = answer.read().decode()
        sums: dict[str, float] = {}
        for name, labels, value in _SAMPLE.findall(text):
            for key in {name, name + labels}:
                sums[key] = sums.get(key, 0.0) + float(value)
        return sums

    def faults(self) -> int:
        """How many tracebacks it has logged."""
        return self.log.read_text(errors="replace").count("Traceback") if self.log.exists() else 0

    def memory_bytes(self) -> int:
        """What it holds of memory (RSS)."""
        assert self.process
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def _signal(self, number: signal.Signals) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
