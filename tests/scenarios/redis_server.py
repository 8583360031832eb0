"""A Redis of the scenarios' own, to be stopped, frozen, emptied and restored. Every call blocks, for milliseconds."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from deploy.local.binaries import find_program
from deploy.local.redis import redis_url, server_command

READY_WITHIN_SECONDS = 10.0
DUMP = "dump.rdb"


class RedisServer:
    """One server on one port, however often it is started."""

    def __init__(self, home: Path, port: int) -> None:
        self._home = home
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        home.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return redis_url(self._port)

    @property
    def runs(self) -> bool:
        return self._process is not None

    def start(self, *, empty: bool = False) -> None:
        """Start it with what was saved, if anything was and it is not to be empty."""
        if empty:
            (self._home / DUMP).unlink(missing_ok=True)
        program = find_program("redis-server")
        assert program, "redis-server was not found"
        with (self._home / "redis.log").open("ab") as log:
            command = server_command(program, self._home, self._port)
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        self._await_ready()

    def save(self) -> None:
        """Write what it holds to the disk."""
        with self.client() as client:
            client.save()

    def keep_copy(self) -> None:
        """Put what was saved aside, to be brought back."""
        shutil.copy(self._home / DUMP, self._home / "copy.rdb")

    def bring_copy_back(self) -> None:
        """Let the next start begin with what was put aside."""
        shutil.copy(self._home / "copy.rdb", self._home / DUMP)

    def kill(self) -> None:
        """kill -9."""
        if self._process:
            self.thaw()
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def client(self) -> Redis:
        """A connection of its own, for one who breaks things."""
        return Redis.from_url(self.url, decode_responses=True, socket_timeout=5)

    def _signal(self, number: signal.Signals) -> None:
        if self._process:
            os.kill(self._process.pid, number)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            try:
                with self.client() as client:
                    client.ping()
                return
            except RedisConnectionError:  # also while it loads what was saved
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
