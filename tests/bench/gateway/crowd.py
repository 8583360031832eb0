"""The other end of the sockets: thousands of clients in one process that read, count and take times, and do no more.

A client library would cost more than the servers that are measured. Orders come in on stdin, a JSON object a line; each
is answered by one on stdout. Run on a processor of its own.
"""

import json
import resource
import select
import socket
import sys
import time
from array import array
from collections.abc import Callable
from typing import Any

from tests.bench.gateway.dialects import DIALECTS, Dialect
from tests.bench.gateway.frames import MARK, frames_in, masked_frame, microseconds_since

HANDSHAKES_AT_ONCE = 64
RETRY_SECONDS = 1.0
READ_BYTES = 64 * 1024
# Linux has 28,000 ports for each pair of addresses.
SOCKETS_PER_ADDRESS = 10_000
# Every so many sockets' times are taken: enough for a percentile, and the others cost less.
WATCHED = 8
# What a client that does not read lets the kernel take for it.
STUCK_RECEIVE_BUFFER = 4096


class Client:
    """One socket."""

    __slots__ = ("number", "rest", "room", "socket", "stage", "stuck", "upgraded", "watched")

    def __init__(self, number: int, room: int, stuck: bool) -> None:
        self.number = number
        self.room = room
        self.stuck = stuck
        self.watched = number % WATCHED == 0
        self.rest = b""
        self.stage = "opening"
        self.upgraded = False
        self.socket = socket.socket()
        if stuck:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STUCK_RECEIVE_BUFFER)


class Crowd:
    """All clients of one server, or of several that do the same."""

    def __init__(self, ports: list[int], dialect: Dialect) -> None:
        self._ports = ports
        self._dialect = dialect
        self._epoll = select.epoll()
        self._clients: dict[int, Client] = {}
        self._count = 0
        self.arrived = 0
        self.lost = 0
        self.last_words = b""
        self._refused: list[Client] = []
        self.stage_counts = {"opening": 0, "connected": 0, "joining": 0, "joined": 0}
        self.latencies = array("q")

    def connect(self, rooms: list[int], stuck_every: int) -> float:
        """A client for each room named; returns the seconds until the last was connected."""
        started, target = time.monotonic(), self.stage_counts["connected"] + len(rooms)
        for room in rooms:
            self._open(room, bool(stuck_every) and self._count % stuck_every == stuck_every - 1)
            self._until(lambda: self.stage_counts["opening"] < HANDSHAKES_AT_ONCE, 60.0)
        self._until(lambda: self.stage_counts["connected"] >= target, 60.0)
        return time.monotonic() - started

    def join(self) -> float:
        """Everybody joins their room; returns the seconds until the last did."""
        started = time.monotonic()
        for client in [client for client in self._clients.values() if client.stage == "connected"]:
            message = self._dialect.join(client.room)
            self._move(client, "joined" if message is None else "joining")
            if message is not None:
                client.socket.send(masked_frame(message))
            self._until(lambda: self.stage_counts["joining"] < HANDSHAKES_AT_ONCE, 60.0)
        self._until(lambda: not self.stage_counts["joining"], 60.0)
        return time.monotonic() - started

    def stick(self) -> int:
        """Those who are to stop reading do."""
        stuck = [fd for fd, client in self._clients.items() if client.stuck]
        for fd in stuck:
            self._epoll.unregister(fd)
        return len(stuck)

    def unstick(self) -> dict[str, int]:
        """What the server did with those who had stopped: kept them, or cut them off."""
        stuck = [client for client in self._clients.values() if client.stuck]
        return {"stuck": len(stuck), "cut_off": sum(map(_was_cut_off, stuck))}

    def expect(self, count: int, seconds: float) -> dict[str, Any]:
        """Read until so many events have arrived since the last time, or for so long."""
        self._until(lambda: self.arrived >= count, seconds, fail=False)
        told = {"arrived": self.arrived, "lost": self.lost}
        self.arrived = 0
        return told

    def times(self) -> dict[str, float]:
        """How long the events since the last time took."""
        told = _percentiles(self.latencies)
        del self.latencies[:]
        return told

    def turn(self, seconds: float) -> None:
        """Read what there is, waiting for it no longer than so."""
        for fd, _ in self._epoll.poll(seconds, 1024):
            self._read(fd)

    def _until(self, condition: Callable[[], bool], seconds: float, *, fail: bool = True) -> None:
        deadline = time.monotonic() + seconds
        again = time.monotonic() + RETRY_SECONDS
        while not condition():
            if time.monotonic() > again:
                again += RETRY_SECONDS
                self._ask_again()
            if time.monotonic() > deadline:
                if fail:
                    raise TimeoutError(f"clients: {self.stage_counts}, lost {self.lost} {self.last_words!r}")
                return
            self.turn(0.05)

    def _open(self, room: int, stuck: bool) -> None:
        client = Client(self._count, room, stuck)
        port = self._ports[self._count % len(self._ports)]
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.socket.bind((f"127.0.0.{2 + self._count // SOCKETS_PER_ADDRESS}", 0))
        client.socket.connect(("127.0.0.1", port))
        client.socket.setblocking(False)
        client.socket.send(self._dialect.request(client.number, room, port))
        self._count += 1
        self.stage_counts["opening"] += 1
        self._clients[client.socket.fileno()] = client
        self._epoll.register(client.socket.fileno(), select.EPOLLIN)

    def _read(self, fd: int) -> None:
        client = self._clients[fd]
        try:
            data = client.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(fd, client)
            return
        if client.rest:
            data = client.rest + data
        if not client.upgraded:
            data = self._skip_head(client, data)
        self._take(client, data)

    def _skip_head(self, client: Client, data: bytes) -> bytes:
        head, found, data = data.partition(b"\r\n\r\n")
        if not found:
            client.rest = head
            return b""
        if b" 101 " not in head[:20]:
            raise ConnectionError(head.decode("latin-1"))
        client.rest = b""
        client.upgraded = True
        if self._dialect.greeting is None:
            self._move(client, "connected")
        return data

    def _take(self, client: Client, data: bytes) -> None:
        taken = 0
        for opcode, start, stop in frames_in(data):
            taken = stop
            if opcode == 0x1 and (mark := data.find(MARK, start, stop)) >= 0:
                self.arrived += 1
                if client.watched:
                    self.latencies.append(microseconds_since(data, mark))
            else:
                self._control(client, opcode, data[start:stop])
        client.rest = data[taken:] if taken < len(data) else b""

    def _control(self, client: Client, opcode: int, payload: bytes) -> None:
        if opcode == 0x9:
            client.socket.send(masked_frame(payload, 0xA))
        elif opcode == 0x8:
            self.last_words = payload
        elif answer := self._dialect.answer(payload):
            client.socket.send(masked_frame(answer))
        elif client.stage == "opening" and self._dialect.greeting and payload.startswith(self._dialect.greeting):
            self._move(client, "connected")
        elif client.stage == "joining" and payload.startswith(self._dialect.welcome):
            self._move(client, "joined")
        elif client.stage == "joining" and self._dialect.refusal and payload.startswith(self._dialect.refusal):
            self.last_words = payload
            self._refused.append(client)

    def _ask_again(self) -> None:
        """Those that were told to come back later do."""
        refused, self._refused = self._refused, []
        for client in refused:
            if message := self._dialect.join(client.room):
                client.socket.send(masked_frame(message))

    def _move(self, client: Client, stage: str) -> None:
        self.stage_counts[client.stage] -= 1
        client.stage = stage
        self.stage_counts[stage] += 1

    def _lose(self, fd: int, client: Client) -> None:
        self.lost += 1
        self.stage_counts[client.stage] -= 1
        self._epoll.unregister(fd)
        client.socket.close()
        del self._clients[fd]


def _was_cut_off(client: Client) -> bool:
    """Whether the connection has ended, whatever still lies in its buffers."""
    try:
        client.socket.send(masked_frame(b"", 0xA))
    except BlockingIOError:
        return False
    except OSError:
        return True
    info = client.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return info[0] != 1  # TCP_ESTABLISHED


def _percentiles(microseconds: "array[int]") -> dict[str, float]:
    ordered = sorted(microseconds)
    if not ordered:
        return {"p50_ms": 0.0, "p99_ms": 0.0}
    return {
        name: round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] / 1e3, 2)
        for name, share in {"p50_ms": 0.5, "p99_ms": 0.99}.items()
    }


def main() -> None:
    """Obey until stdin ends."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    ports, dialect = json.loads(sys.argv[1]), DIALECTS[sys.argv[2]]
    crowd = Crowd(ports, dialect)
    stdin = select.poll()
    stdin.register(sys.stdin.fileno(), select.POLLIN)
    while True:
        if not stdin.poll(0):
            crowd.turn(0.02)  # pings are answered between orders too
            continue
        line = sys.stdin.readline()
        if not line:
            return
        print(json.dumps(_obey(crowd, json.loads(line))), flush=True)


def _obey(crowd: Crowd, order: dict[str, Any]) -> dict[str, Any]:
    match order["do"]:
        case "connect":
            return {"seconds": crowd.connect(order["rooms"], order["stuck_every"])}
        case "join":
            return {"seconds": crowd.join()}
        case "stick":
            return {"stuck": crowd.stick()}
        case "unstick":
            return dict(crowd.unstick())
        case "expect":
            return crowd.expect(order["count"], order["seconds"])
        case "times":
            return dict(crowd.times())
        case unknown:
            raise ValueError(unknown)


if __name__ == "__main__":
    main()
