"""Whether a server really answers: each probe speaks a few bytes of the server's own protocol.

No client program is needed, so the same probes serve servers on other machines. A probe gives None when the server
is ready, else the reason it is not.
"""

import http.client
import socket
import struct
from collections.abc import Callable

Probe = Callable[[], str | None]

_TIMEOUT = 2.0  # seconds
_POSTGRES_PROTOCOL = 0x00030000
_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"
_CONNECTION_START = b"\x00\x0a\x00\x0a"
_EPMD_NAMES = b"\x00\x01n"


def probe_postgres(host: str, port: int) -> str | None:
    """Ready when a connection is answered by anything but "starting up", as `pg_isready` decides it."""
    parameters = b"user\0prosa\0database\0prosa\0\0"
    packet = struct.pack("!II", 8 + len(parameters), _POSTGRES_PROTOCOL) + parameters
    return _exchange(host, port, packet, judge_postgres)


def probe_redis(host: str, port: int) -> str | None:
    """Ready when PING is answered, if only by the demand for a password."""
    return _exchange(host, port, b"PING\r\n", judge_redis)


def probe_rabbitmq(host: str, port: int) -> str | None:
    """Ready when the AMQP handshake begins."""
    return _exchange(host, port, _AMQP_HEADER, judge_rabbitmq)


def probe_port_mapper(host: str, port: int) -> str | None:
    """Ready when Erlang's port mapper answers the question for its names, beginning with its own port."""
    own_port = struct.pack("!I", port)
    return _exchange(host, port, _EPMD_NAMES, lambda answer: None if answer[:4] == own_port else _unexpected(answer))


def probe_port(host: str, port: int) -> str | None:
    """Ready when the port accepts a connection: all that can be known behind TLS without the credentials."""
    return _exchange(host, port, b"", lambda _: None)


def probe_http(port: int, path: str) -> str | None:
    """Ready when a service answers its readiness path with 200; otherwise what it said."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read(2000).decode("utf-8", "replace").strip()
        return None if response.status == http.HTTPStatus.OK else f"{path} answers {response.status}: {body}"
    except (OSError, http.client.HTTPException) as error:
        return f"{path} on port {port} does not answer: {error}"
    finally:
        connection.close()


def judge_postgres(answer: bytes) -> str | None:
    """Judge the first bytes of a Postgres server."""
    if answer[:1] == b"R" or (answer[:1] == b"E" and b"C57P03\0" not in answer):
        return None
    return "Postgres is starting up" if answer[:1] == b"E" else _unexpected(answer)


def judge_redis(answer: bytes) -> str | None:
    """Judge the first bytes of a Redis server."""
    return None if answer.startswith((b"+PONG", b"-NOAUTH")) else _unexpected(answer)


def judge_rabbitmq(answer: bytes) -> str | None:
    """Judge the first bytes of a RabbitMQ server: a method frame on channel 0 that holds Connection.Start."""
    return None if answer[:3] == b"\x01\x00\x00" and answer[7:11] == _CONNECTION_START else _unexpected(answer)


def _exchange(host: str, port: int, question: bytes, judge: Callable[[bytes], str | None]) -> str | None:
    try:
        with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
            if met_itself(connection):
                return f"port {port} of {host}: nobody listens"
            connection.sendall(question)
            return judge(connection.recv(4096) if question else b"")
    except OSError as error:
        return f"port {port} of {host}: {error}"


def met_itself(connection: socket.socket) -> bool:
    """Whether the connection leads to itself, and if so make it leave no trace.

    Our ports lie in the range from which the system picks the local end of connections. Asking a free port often
    enough, it picks that very port, and TCP lets the socket connect to itself; closed normally, it would then keep the
    port from its server for a minute (TIME_WAIT).
    """
    if connection.getsockname() != connection.getpeername():
        return False
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return True


def _unexpected(answer: bytes) -> str:
    return f"unexpected answer {answer[:60]!r}" if answer else "it hung up without an answer"
