"""wrk, the load generator: a C program, so that what is measured is the server and not the one who asks."""

import asyncio
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.bench.peers.debian import libraries, unpack
from tests.product import ROOT

PLACE = ROOT / ".local" / "bench" / "wrk"
PACKAGES = ("wrk", "libluajit-5.1-2", "libluajit-5.1-common")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one run. Latencies in seconds."""

    requests: int
    requests_per_second: float
    p50: float
    p99: float
    errors: int


async def run_wrk(url: str, script: Path, *, connections: int, seconds: int) -> Load:
    """Post the script's body for some seconds over so many connections."""
    binary, environment = _installed() or _unpacked()
    process = await asyncio.create_subprocess_exec(
        binary,
        *("-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), url),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | environment,
    )
    output, _ = await process.communicate()
    return parse(output.decode())


def _installed() -> tuple[str, dict[str, str]] | None:
    binary = shutil.which("wrk")
    return (binary, {}) if binary else None


def _unpacked() -> tuple[str, dict[str, str]]:
    if shutil.which("apt-get") is None:
        raise SystemExit("the benchmark needs wrk: install it with your package manager (brew install wrk)")
    unpack(PACKAGES, PLACE)
    return str(PLACE / "usr" / "bin" / "wrk"), libraries(PLACE)


def parse(output: str) -> Load:
    """Read wrk's report."""
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    return Load(
        requests=int(_found(r"(\d+) requests in", output)),
        requests_per_second=float(_found(r"Requests/sec:\s+([\d.]+)", output)),
        p50=_seconds(_found(r"\n\s+50%\s+(\S+)", output)),
        p99=_seconds(_found(r"\n\s+99%\s+(\S+)", output)),
        errors=int(failed[1]) if failed else 0,
    )


def _found(pattern: str, output: str) -> str:
    found = re.search(pattern, output)
    if found is None:
        raise ValueError(f"not a report of wrk's: {output!r}")
    return found[1]


def _seconds(text: str) -> float:
    number = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    if number is None:
        raise ValueError(f"not a duration of wrk's: {text!r}")
    return float(number[1]) * _UNITS[number[2]]
