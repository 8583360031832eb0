"""The `websockets` package as its own documentation uses it, with everything at its default."""

import json
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.public_clients.task import Report, Task


async def follow(task: Task, report: Callable[[Report], None]) -> None:
    """Follow the task's conversation until cancelled, or until it is refused for good."""
    position: dict[str, Any] = {}
    offered = [Subprotocol("prosa.v1"), Subprotocol(f"bearer.{task.token}")]
    async for socket in connect(task.url, subprotocols=offered):
        try:
            await _converse(socket, task, position, report)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 1006
            report({"closed": code})
            if code >= 4500:
                return


async def _converse(
    socket: ClientConnection, task: Task, position: dict[str, Any], report: Callable[[Report], None]
) -> None:
    while True:
        frame = json.loads(await socket.recv())
        if frame["type"] == "connected":
            since = {"since": position} if position else {}
            data = {"conversation_id": task.conversation, **since}
            await socket.send(json.dumps({"id": "1", "type": "conversation:join", "data": data}))
        elif frame["type"] == "reply":
            position.update(seq=frame["data"]["seq"], epoch=frame["data"]["epoch"])
            seqs = [event["seq"] for event in frame["data"]["events"]]
            report({"joined": frame["data"]["recovered"], "events": seqs, "protocol": socket.subprotocol})
        elif frame["type"] == "going_away":
            report({"going_away": True})
        elif frame["type"] == "message:new":
            position.update(seq=frame["seq"], epoch=frame["epoch"])
            report({"event": frame["seq"], "content": frame["data"]["content"]})
