"""Who makes webhooks durable: ours, the others with their best settings, and one that promises nothing."""

import sys
from collections.abc import Callable
from dataclasses import dataclass

from tests.bench.peers.install import HERE, node_script, peer_python

Command = Callable[[str, str, str], list[str]]


@dataclass(frozen=True, slots=True)
class Contestant:
    """How it is called, in the results and in the table, and how it is started: with a port, the broker and a queue."""

    key: str
    name: str
    command: Command


def _node(script: str) -> Command:
    def command(port: str, broker: str, queue: str) -> list[str]:
        node_script("receiver_amqp.mjs")
        return ["node", node_script(script), port, broker, queue]

    return command


OURS = Contestant("ours", "Prosa (group commit)", lambda *_: [sys.executable, "-m", "services.webhook_receiver"])
PEERS = (
    Contestant("fastify", "Fastify + amqplib, confirm channel", _node("receiver_fastify.mjs")),
    Contestant("express", "Express + amqplib, confirm channel", _node("receiver_express.mjs")),
    Contestant(
        "fastapi",
        "FastAPI + aio-pika (uvicorn, uvloop, httptools)",
        lambda *arguments: [peer_python(), str(HERE / "receiver_fastapi.py"), *arguments],
    ),
    Contestant(
        "naive",
        "aiohttp + aio-pika, one publish a request",
        lambda *arguments: [sys.executable, "-m", "tests.bench.contestants.naive", *arguments],
    ),
)
LIMIT = Contestant(
    "bare",
    "bare aiohttp, no broker (the limit)",
    lambda port, *_: [sys.executable, "-m", "tests.bench.contestants.bare", port],
)
CONTESTANTS = (OURS, *PEERS, LIMIT)
