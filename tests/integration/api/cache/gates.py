"""Holds readings of the database at the moment after they have read, as a slow reader would be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.api import cached_reading
from tests.waiting import until


class Gate:
    """What was read stays here until it is let go; `held` counts."""

    def __init__(self) -> None:
        self.held = 0
        self.passed = 0
        self._open = asyncio.Event()

    async def wait(self) -> None:
        self.held += 1
        await self._open.wait()
        self.passed += 1

    def open(self) -> None:
        self._open.set()

    async def holds(self, number: int = 1) -> None:
        await until(lambda: self.held >= number, what=f"{number} readings held")


@asynccontextmanager
async def slow_readings(monkeypatch: pytest.MonkeyPatch, function: str) -> AsyncIterator[Gate]:
    """Let `function` of the cached readings give back what it read only when the gate is opened."""
    gate, read = Gate(), getattr(cached_reading, function)

    async def reading(*arguments: Any) -> Any:
        found = await read(*arguments)
        await gate.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(cached_reading, function, reading)
        try:
            yield gate
        finally:
            gate.open()
