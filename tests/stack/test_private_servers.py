"""The private servers for real: started, killed, started again, stopped."""

import asyncio
import os
import signal
from pathlib import Path

import aio_pika
import psycopg
import pytest

from deploy.local.listeners import find_listener
from deploy.local.ports import server_ports
from deploy.local.processes import Process, inhabitants
from tests.lacking import require_installed
from tests.stack.conftest import Clone, eventually

_QUEUE = "survivor"
_PROGRAMS = {"postgres", "redis-server", "beam.smp", "epmd"}


@pytest.fixture(autouse=True)
def installed_servers() -> None:
    """A missing server skips here and fails in CI."""
    require_installed(("postgres", "redis", "rabbitmq"))


async def publish(url: str, body: bytes) -> None:
    """Put a message into a quorum queue; returns when the broker has confirmed it."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel(publisher_confirms=True)
        await channel.declare_queue(_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        await channel.default_exchange.publish(message, _QUEUE)


async def take(url: str) -> bytes:
    """Take the message out of the queue."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(_QUEUE, passive=True)
        message = await queue.get(timeout=10)
        await message.ack()
        return message.body


def processes_of(clone: Clone) -> list[Process]:
    """Every server process that works inside the clone, or in the place Postgres has outside of it."""
    homes = (clone.root, (clone.root / ".local/test/postgres").resolve())
    return [process for home in homes for process in inhabitants(home, _PROGRAMS)]


def queue_is_registered(clone: Clone) -> bool:
    """Whether RabbitMQ wrote down that the queue exists: it does so a moment after it says so."""
    registers = Path(clone.root, ".local/test/rabbitmq").glob("data/*/quorum/*/names.dets")
    return any(_QUEUE.encode() in register.read_bytes() for register in registers)


@pytest.mark.timeout(300)
def test_servers_survive_being_killed(clone: Clone) -> None:
    """After kill -9 of every process the servers come back with what was committed and confirmed; down leaves none."""
    assert (up := clone.run("servers", "up", "--stack", "test")).returncode == 0, up.stderr
    assert "all run already" in clone.run("servers", "up", "--stack", "test").stderr
    urls = clone.exports("test")
    with psycopg.connect(urls["PROSA_TEST_DATABASE_URL"]) as connection:
        connection.execute("CREATE TABLE survivor AS SELECT 42 AS answer")
    asyncio.run(publish(urls["PROSA_TEST_RABBITMQ_URL"], b"still here"))
    eventually(lambda: queue_is_registered(clone), "the queue's registration")

    killed = processes_of(clone)
    for process in killed:
        os.kill(process.pid, signal.SIGKILL)
    eventually(lambda: not processes_of(clone), "the death of all servers")
    assert clone.run("status", "--stack", "test").returncode == 3
    assert (again := clone.run("servers", "up", "--stack", "test")).returncode == 0, again.stderr

    assert len(killed) > len(_PROGRAMS)
    with psycopg.connect(urls["PROSA_TEST_DATABASE_URL"]) as connection:
        assert connection.execute("SELECT answer FROM survivor").fetchone() == (42,)
    assert asyncio.run(take(urls["PROSA_TEST_RABBITMQ_URL"])) == b"still here"

    assert clone.run("servers", "down", "--stack", "test").returncode == 0
    assert processes_of(clone) == []
    ports = vars(server_ports("test", clone.variables)).values()
    assert [port for port in ports if find_listener(port)] == []
