"""Everything that is no proper frame: each gets its answer or its end, and costs nobody else anything."""

import asyncio
import json
from contextlib import suppress
from typing import NamedTuple

from tests.scenarios.client import Client
from tests.scenarios.stage import Stage
from tests.scenarios.truth import Address
from tests.scenarios.wire import BINARY, CLOSE, PING, PONG, Wire, frame, open_wire, request

ANSWERED = "answered"
# What a client may be closed with for its own fault.
FAULTS = frozenset({"1002", "1003", "1007", "1008", "1009", "1011", "1006"})
PATIENCE_SECONDS = 5.0


class Kind(NamedTuple):
    """Bytes to send on a socket that is open; the outcome is a close code, or that the next command is answered."""

    name: str
    bytes: bytes
    outcomes: frozenset[str]


def _kind(name: str, sent: bytes, *outcomes: str) -> Kind:
    return Kind(name, sent, frozenset(outcomes))


def _command(**content: object) -> bytes:
    return frame(json.dumps(content).encode())


def kinds(garbage: bytes) -> list[Kind]:
    """What is sent after `connected`."""
    join = {"type": "conversation:join"}
    return [
        _kind("no JSON", frame(b"hello"), ANSWERED),
        _kind("empty text", frame(b""), ANSWERED),
        _kind("half of JSON", frame(b'{"id":"1","type":"pi'), ANSWERED),
        _kind("a number", frame(b"42"), ANSWERED),
        _kind("null", frame(b"null"), ANSWERED),
        _kind("a list", frame(b'[{"type":"ping"}]'), ANSWERED),
        _kind("no type", _command(id="1"), ANSWERED),
        _kind("type is a number", _command(id="1", type=7), ANSWERED),
        _kind("unknown type", _command(id="1", type="conversation:steal"), ANSWERED),
        _kind("a server's type", _command(id="1", type="message:new", data={}), ANSWERED),
        _kind("data is a list", _command(id="1", **join, data=[]), ANSWERED),
        _kind("no data", _command(id="1", **join), ANSWERED),
        _kind("a huge id", _command(id="9" * 20000, type="ping"), ANSWERED),
        _kind("a huge number as id", frame(b'{"id":1e400,"type":"ping"}'), ANSWERED),
        _kind("id is an object", _command(id={"a": 1}, type="ping"), ANSWERED),
        _kind("a huge conversation", _command(id="1", **join, data={"conversation_id": "9" * 30000}), ANSWERED),
        _kind(
            "seq beyond 64 bits",
            _command(id="1", **join, data={"conversation_id": "1", "since": {"seq": 10**30, "epoch": "x"}}),
            ANSWERED,
        ),
        _kind(
            "seq is negative",
            _command(id="1", **join, data={"conversation_id": "1", "since": {"seq": -1, "epoch": "x"}}),
            ANSWERED,
        ),
        _kind("deep JSON", frame(b"[" * 15000 + b"]" * 15000), ANSWERED),
        _kind("deep objects", frame(b'{"a":' * 5000 + b"1" + b"}" * 5000), ANSWERED),
        _kind("a lone surrogate", frame(b'{"id":"\\ud800","type":"ping"}'), ANSWERED),
        _kind("NaN", frame(b'{"id":NaN,"type":"ping"}'), ANSWERED),
        _kind("a key twice", frame(b'{"id":"1","type":"x","type":"ping"}'), ANSWERED),
        _kind("NUL bytes", frame(b'{"id":"\\u0000","type":"ping"}'), ANSWERED),
        _kind("binary", frame(b"\x00\x01\x02", BINARY), ANSWERED),
        _kind("an unasked pong", frame(b"x", PONG), ANSWERED),
        _kind("a ping", frame(b"x", PING), ANSWERED),
        _kind(
            "fragments with a ping between",
            frame(b'{"id":"f",', final=False) + frame(b"x", PING) + frame(b'"type":"ping"}', 0),
            ANSWERED,
        ),
        _kind("bad UTF-8", frame(b'{"id":"\xff\xfe"}'), "1007"),
        _kind("too large", frame(b'"' + b"a" * 40000 + b'"'), "1009"),
        _kind("too large in fragments", frame(b"a" * 30000, final=False) + frame(b"a" * 30000, 0), "1009"),
        _kind("announced 2 GiB", b"\x81\xff\x00\x00\x00\x00\x80\x00\x00\x00", "1009"),
        _kind("announced 2**63 bytes", b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff", "1002", "1009"),
        _kind("unmasked", frame(b'{"type":"ping"}', masked=False), "1002"),
        _kind("an unknown opcode", frame(b"x", 0x5), "1002"),
        _kind("reserved bits", bytes([0xF1]) + frame(b"x")[1:], "1002"),
        _kind("a continuation of nothing", frame(b"x", 0), "1002"),
        _kind("text within text", frame(b"a", final=False) + frame(b"b"), "1002"),
        _kind("a fragmented ping", frame(b"x", PING, final=False), "1002"),
        _kind("a long ping", frame(b"x" * 126, PING), "1002"),
        _kind("a close with half a code", frame(b"\x03", CLOSE), "1002"),
        _kind("a close with a code that none may send", frame(b"\x03\xed", CLOSE), "1002"),
        _kind("raw garbage", garbage, *FAULTS),
        _kind("an HTTP request", b"GET / HTTP/1.1\r\n\r\n", *FAULTS),
    ]


def openings(garbage: bytes) -> dict[str, bytes]:
    """What is sent instead of a request for a socket."""
    good = request("h", 1, "prosa.v1")
    return {
        "garbage": garbage,
        "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + garbage[:64],
        "half a request": good[:40],
        "a slow, endless header": good[:-2] + b"X-Long: " + b"a" * 20000,
        "too many headers": good[:-2] + b"".join(b"X-%d: y\r\n" % n for n in range(1000)) + b"\r\n",
        "POST": good.replace(b"GET", b"POST"),
        "HTTP/1.0": good.replace(b"HTTP/1.1", b"HTTP/1.0"),
        "no Upgrade": good.replace(b"Upgrade: websocket\r\n", b""),
        "version 8": good.replace(b"Version: 13", b"Version: 8"),
        "a bad key": good.replace(b"Sec-WebSocket-Key: ", b"Sec-WebSocket-Key: x"),
        "another path": good.replace(b"/ws", b"/../../etc/passwd"),
        "another subprotocol": good.replace(b"prosa.v1", b"graphql-ws"),
    }


async def malformed(stage: Stage) -> None:
    """More than fifty kinds of broken frames and requests: each is answered or ended, a healthy neighbour notices none."""
    [room], gateway = stage.rooms(1), stage.gateways[0]
    neighbour = stage.client(room, at=[gateway])
    await stage.online(neighbour)
    garbage = stage.random.randbytes(2000)
    subprotocols = f"prosa.v1, bearer.{stage.person().token()}"
    tried = kinds(garbage)
    for kind in tried:
        seen = await outcome(gateway.port, subprotocols, kind.bytes)
        stage.check("each kind has its answer or its end", seen in kind.outcomes, f"{kind.name}: {seen}")
        await _neighbour_is_well(stage, neighbour, room)
    opened = openings(garbage)
    for name, sent in opened.items():
        stage.check("no socket comes of what is no request for one", not await _opens(gateway.port, sent), name)
        await _neighbour_is_well(stage, neighbour, room)
    await stage.settle()
    stage.figure("kinds", len(tried) + len(opened))
    stage.check("the neighbour kept its connection", neighbour.connects == 1)


async def _neighbour_is_well(stage: Stage, neighbour: Client, room: Address) -> None:
    await stage.publisher.publish(room)
    await neighbour.until(lambda: neighbour.complete, "the neighbour's event")


async def outcome(port: int, subprotocols: str, sent: bytes) -> str:
    """What comes of these bytes: a close code, or an answered ping afterwards."""
    decided: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def decide(what: str) -> None:
        if not decided.done():
            decided.set_result(what)

    def take(text: bytes) -> None:
        message = json.loads(text)
        if message["type"] == "connected":
            wire.transport.write(sent + frame(b'{"id":"afterwards","type":"ping"}'))
        elif message["type"] == "reply" and message["id"] == "afterwards":
            decide(ANSWERED)

    wire = Wire(lambda _wire: None, take, lambda code: decide(str(code)))
    await open_wire("127.0.0.1", port, wire, subprotocols=subprotocols)
    try:
        return await asyncio.wait_for(decided, PATIENCE_SECONDS)
    except TimeoutError:
        return "nothing"
    finally:
        wire.drop()


async def _opens(port: int, sent: bytes) -> bool:
    """Whether a socket comes of this; it is given up after a moment where there is no answer at all."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = b""
    with suppress(OSError, TimeoutError):
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(4096), 0.1)
    writer.transport.abort()
    return answer.startswith(b"HTTP/1.1 101")
