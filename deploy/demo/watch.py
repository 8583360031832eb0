"""What an agent's browser does, on a terminal: `python -m deploy.demo.watch CONVERSATION` prints its live events.

Signs in as ana of the demo clinic, opens the WebSocket, joins the conversation and prints each frame as one line of JSON.
"""

import argparse
import asyncio
import json
import os
import sys

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from deploy.demo.seed import PASSWORD


async def watch(conversation: str, frames: int | None) -> None:
    """Print `frames` frames of the conversation's channel (for ever where None), after the line `joined`."""
    token = await _sign_in()
    url = f"ws://127.0.0.1:{os.environ.get('GATEWAY_WS_PORT', '8082')}/ws"
    async with connect(url, subprotocols=[Subprotocol("prosa.v1"), Subprotocol(f"bearer.{token}")]) as socket:
        await socket.send(
            json.dumps({"id": "1", "type": "conversation:join", "data": {"conversation_id": conversation}})
        )
        await _print_frames(socket, frames)


async def _sign_in() -> str:
    url = f"http://127.0.0.1:{os.environ.get('API_PORT', '8080')}/api/auth/login"
    async with aiohttp.ClientSession(raise_for_status=True) as http:
        async with http.post(url, json={"email": "ana@demo.test", "password": PASSWORD}) as response:
            return str((await response.json())["token"])


async def _print_frames(socket: ClientConnection, frames: int | None) -> None:
    async for raw in socket:
        frame = json.loads(raw)
        if frame["type"] == "reply":
            if not frame["ok"]:
                raise SystemExit(f"not joined: {frame['error']['message']}")
            print("joined", flush=True)
        elif frame.get("target") == "conversa" and "seq" in frame:  # not who types and who looks
            print(raw, flush=True)
            frames = None if frames is None else frames - 1
        if frames == 0:
            return


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m deploy.demo.watch", description=__doc__)
    parser.add_argument("conversation", help="a conversation's id or external id")
    parser.add_argument("--frames", type=int, default=None, help="end after so many frames")
    options = parser.parse_args()
    try:
        asyncio.run(watch(options.conversation, options.frames))
    except (OSError, aiohttp.ClientError) as error:
        sys.exit(f"the product does not answer ({error}); start it with `make up`")
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
