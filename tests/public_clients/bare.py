"""A client from nothing but a socket, byte by byte, as a shell tool or a microcontroller would be one."""

import base64
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from tests.public_clients.task import Report, Task

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class EndedError(Exception):
    """The connection is over."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class BareSocket:
    """RFC 6455 as far as a client needs it."""

    def __init__(self, task: Task, stopped: threading.Event) -> None:
        self._stopped = stopped
        parts = urlsplit(task.url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=0.2)
        try:
            self._open(f"{parts.hostname}:{parts.port}", parts.path, task.token)
        except BaseException:
            self.close()
            raise

    def _open(self, host: str, path: str, token: str) -> None:
        key = base64.b64encode(os.urandom(16))
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key.decode()}\r\n"
            f"Sec-WebSocket-Protocol: prosa.v1, bearer.{token}\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        assert lines[0].startswith("HTTP/1.1 101"), lines[0]
        assert headers["sec-websocket-accept"] == base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()  # noqa: S324
        self.protocol = headers["sec-websocket-protocol"]

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        """Send a frame, masked as a client's must be."""
        mask, size = os.urandom(4), len(payload)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._socket.sendall(bytes([0x80 | opcode]) + length + mask + masked)

    def receive(self) -> dict[str, Any]:
        """The next message. Raises EndedError."""
        while True:
            first, second = self._read(2)
            assert first & 0x80, "a server's message came in fragments"
            assert not second & 0x80, "a server's frame was masked"
            payload = self._read(self._length(second))
            match first & 0x0F:
                case 1:
                    message: dict[str, Any] = json.loads(payload)
                    return message
                case 9:
                    self.send(payload, PONG)
                case 8:
                    self.send(payload, CLOSE)
                    raise EndedError(int.from_bytes(payload[:2], "big"))

    def close(self) -> None:
        self._socket.close()

    def _length(self, second: int) -> int:
        size = second & 0x7F
        return int.from_bytes(self._read(2 if size == 126 else 8), "big") if size >= 126 else size

    def _read(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            try:
                more = self._socket.recv(size - len(data))
            except TimeoutError:
                if self._stopped.is_set():
                    raise EndedError(1006) from None
                continue
            except OSError:
                raise EndedError(1006) from None
            if not more:
                raise EndedError(1006)
            data += more
        return data


def follow(task: Task, report: Callable[[Report], None], stopped: threading.Event) -> None:
    """Follow the task's conversation until told to stop, or until it is refused for good."""
    position: dict[str, Any] = {}
    while not stopped.is_set():
        try:
            client = BareSocket(task, stopped)
        except OSError:
            report({"closed": 1006})
            time.sleep(0.1)
            continue
        except EndedError as end:
            report({"closed": end.code})
            continue
        try:
            _converse(client, task, position, report)
        except EndedError as end:
            report({"closed": end.code})
            if end.code >= 4500:
                return
        finally:
            client.close()


def _converse(client: BareSocket, task: Task, position: dict[str, Any], report: Callable[[Report], None]) -> None:
    while True:
        frame = client.receive()
        if frame["type"] == "connected":
            since = {"since": position} if position else {}
            data = {"conversation_id": task.conversation, **since}
            client.send(json.dumps({"id": "1", "type": "conversation:join", "data": data}).encode())
        elif frame["type"] == "reply":
            position.update(seq=frame["data"]["seq"], epoch=frame["data"]["epoch"])
            seqs = [event["seq"] for event in frame["data"]["events"]]
            report({"joined": frame["data"]["recovered"], "events": seqs, "protocol": client.protocol})
        elif frame["type"] == "going_away":
            report({"going_away": True})
        elif frame["type"] == "message:new":
            position.update(seq=frame["seq"], epoch=frame["epoch"])
            report({"event": frame["seq"], "content": frame["data"]["content"]})
