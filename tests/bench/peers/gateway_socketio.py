"""python-socketio with its Redis manager under uvicorn on uvloop. Arguments: port, Redis URL."""

# mypy: ignore-errors

import sys
from urllib.parse import parse_qs

import socketio
import uvicorn

port, url = sys.argv[1:3]
sio = socketio.AsyncServer(
    async_mode="asgi", transports=["websocket"], client_manager=socketio.AsyncRedisManager(url), logger=False
)


@sio.event
async def connect(sid: str, environ: dict[str, str], auth: object) -> None:
    await sio.enter_room(sid, parse_qs(environ["QUERY_STRING"])["room"][0])


uvicorn.run(
    socketio.ASGIApp(sio),
    host="127.0.0.1",
    port=int(port),
    loop="uvloop",
    ws="websockets-sansio",
    ws_per_message_deflate=False,
    log_level="error",
    access_log=False,
    backlog=1024,
)
