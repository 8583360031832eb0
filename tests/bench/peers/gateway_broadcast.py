"""`websockets.broadcast` and redis-py by hand: rooms in a dictionary, one SUBSCRIBE a room. Arguments: port, Redis URL."""

import asyncio
import sys

from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, broadcast, serve


async def main(port: int, url: str) -> None:
    """Serve until killed."""
    rooms: dict[bytes, set[ServerConnection]] = {}
    pubsub = Redis.from_url(url, protocol=2).pubsub()
    await pubsub.subscribe("bench:none")

    async def attend(socket: ServerConnection) -> None:
        assert socket.request is not None
        name = f"bench:{socket.request.path[1:]}".encode()
        if name not in rooms:
            rooms[name] = set()
            await pubsub.subscribe(name)
        rooms[name].add(socket)
        await socket.wait_closed()
        rooms[name].discard(socket)

    async with serve(attend, "127.0.0.1", port, compression=None, backlog=1024):
        async for message in pubsub.listen():
            if message["type"] == "message" and (room := rooms.get(message["channel"])):
                broadcast(room, message["data"], text=True)


asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
