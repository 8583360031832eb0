"""The build that is served. Read when it is first asked for, and anew when there is another one."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import structlog

from services.api.dashboard.build import INDEX, Build, File, read_build

log = structlog.get_logger(__name__)

Stamp = tuple[int, int]


class Shelf:
    """Keeps the current build, and the files that were only in the one before: pages that are open still load those."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._stamp: Stamp | None = None
        self._build: Build = {}
        self._before: Build = {}
        self._reading = asyncio.Lock()

    async def current(self) -> Mapping[str, File]:
        """The files of the current build; empty where there is none."""
        stamp = self._look()
        if stamp is not None and stamp != self._stamp:
            async with self._reading:
                await self._read(stamp)
        return self._build

    async def file(self, name: str) -> File | None:
        """A file of the current build, or of the one before."""
        return (await self.current()).get(name) or self._before.get(name)

    def _look(self) -> Stamp | None:
        # A look at one file's data in the kernel's memory takes some microseconds.
        try:
            status = (self._directory / INDEX).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    async def _read(self, stamp: Stamp) -> None:
        if stamp == self._stamp:
            return  # somebody else did, while we waited
        try:
            build = await asyncio.to_thread(read_build, self._directory)
        except OSError as error:
            log.warning("dashboard_unreadable", error=type(error).__name__)
            return
        self._before, self._build, self._stamp = self._build, build, stamp
        log.info("dashboard_read", files=len(build))
