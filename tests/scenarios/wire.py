"""A WebSocket from the client's side on bare TCP: small enough to hold thousands, and able to break every rule."""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import Callable, Mapping
from typing import cast

OPEN_TIMEOUT_SECONDS = 10.0
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
ABNORMAL = 1006
_SHORT, _MEDIUM = 126, 1 << 16


class RefusedError(Exception):
    """The server answered the request with something else than a socket."""

    def __init__(self, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers


def frame(payload: bytes, opcode: int = TEXT, *, final: bool = True, masked: bool = True) -> bytes:
    """A client's frame (RFC 6455 section 5.2)."""
    mark, length = 0x80 if masked else 0, len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    if length < _SHORT:
        head += bytes([mark | length])
    elif length < _MEDIUM:
        head += struct.pack("!BH", mark | 126, length)
    else:
        head += struct.pack("!BQ", mark | 127, length)
    return head + (_masked(payload) if masked else payload)


def _masked(payload: bytes) -> bytes:
    key = os.urandom(4)
    pad = (key * (len(payload) // 4 + 1))[: len(payload)]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")
    return key + mixed.to_bytes(len(payload), "big")


def request(host: str, port: int, subprotocols: str, path: str = "/ws") -> bytes:
    """The HTTP request that asks for a socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    offered = f"Sec-WebSocket-Protocol: {subprotocols}\r\n" if subprotocols else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offered}\r\n"
    ).encode()


class Wire(asyncio.Protocol):
    """One socket. `on_open` is called before the first message, `on_text` takes each, `on_end` the close code, 1006 where
    there was none.
    """

    def __init__(
        self, on_open: Callable[["Wire"], None], on_text: Callable[[bytes], None], on_end: Callable[[int], None]
    ) -> None:
        self._on_open = on_open
        self._on_text = on_text
        self._on_end = on_end
        self._unread = bytearray()
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self.transport: asyncio.Transport

    def send(self, text: bytes) -> None:
        """Send a text message."""
        self.transport.write(frame(text))

    def close(self, code: int = 1000) -> None:
        """Begin the closing handshake."""
        self.transport.write(frame(struct.pack("!H", code), CLOSE))

    def drop(self) -> None:
        """Be gone, without a word."""
        self.transport.abort()

    def stop_reading(self) -> None:
        self.transport.pause_reading()

    def go_on_reading(self) -> None:
        self.transport.resume_reading()

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self.opened.done() and not self._take_answer():
            return
        while self._take_frame():
            pass

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(ConnectionResetError("the connection ended before there was an answer"))
        elif not self.opened.cancelled() and not self.opened.exception():
            self._on_end(ABNORMAL if self.close_code is None else self.close_code)

    def _take_answer(self) -> bool:
        head, found, rest = bytes(self._unread).partition(b"\r\n\r\n")
        if not found:
            return False
        self._unread = bytearray(rest)
        status, *lines = head.decode("latin-1").split("\r\n")
        code = int(status.split(" ")[1])
        if code == 101:
            self.opened.set_result(None)
            self._on_open(self)
            return True
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self.opened.set_exception(RefusedError(code, headers))
        self.transport.abort()
        return False

    def _take_frame(self) -> bool:
        unread = self._unread
        if len(unread) < 2:
            return False
        start, length = 2, unread[1] & 0x7F
        if length == 126:
            start, length = 4, int.from_bytes(unread[2:4], "big")
        elif length == 127:
            start, length = 10, int.from_bytes(unread[2:10], "big")
        if len(unread) < start or len(unread) < start + length:
            return False
        head, payload = unread[0], bytes(unread[start : start + length])
        del unread[: start + length]
        self._take(head & 0x0F, payload)
        return True

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            self._on_text(payload)
        elif opcode == PING:
            self.transport.write(frame(payload, PONG))
        elif opcode == CLOSE and self.close_code is None:
            self.close_code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.transport.write(frame(payload[:2], CLOSE))
            self.transport.close()


async def open_wire(
    host: str, port: int, wire: Wire, *, subprotocols: str = "", receive_buffer: int | None = None
) -> None:
    """Open a socket. Raises OSError, TimeoutError or RefusedError."""
    loop = asyncio.get_running_loop()
    line = socket.socket()
    line.setblocking(False)
    if receive_buffer:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    async with asyncio.timeout(OPEN_TIMEOUT_SECONDS):
        try:
            await loop.sock_connect(line, (host, port))
            await loop.create_connection(lambda: wire, sock=line)
        except BaseException:
            line.close()
            raise
        wire.transport.write(request(host, port, subprotocols))
        try:
            await wire.opened
        except BaseException:
            wire.drop()
            raise
