"""The process with the clients, as the benchmark talks to it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from tests.bench.gateway.processors import on_processor
from tests.product import ROOT


@dataclass(frozen=True, slots=True)
class Clients:
    """The process with the clients."""

    process: asyncio.subprocess.Process

    async def told(self, do: str, **order: Any) -> dict[str, Any]:
        """Give an order; returns what it led to."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
        await self.process.stdin.drain()
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline() or "null") or {}
        if not answer:
            raise RuntimeError(f"the clients failed at {do}")
        return answer


@asynccontextmanager
async def connected_clients(ports: Sequence[int], dialect: str) -> AsyncIterator[Clients]:
    """Clients on the second processor, of the servers on these ports."""
    with on_processor(1):
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.bench.gateway.crowd",
            json.dumps(ports),
            dialect,
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
    try:
        yield Clients(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
