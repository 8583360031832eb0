"""The limit: the same HTTP server reading and judging the same body, and promising nothing. `… PORT`"""

import sys

import orjson
import uvloop
from aiohttp import web


async def answer(request: web.Request) -> web.Response:
    if not isinstance(orjson.loads(await request.read()), dict):
        return web.Response(status=400)
    return web.Response(body=b'{"status":"queued"}', content_type="application/json")


async def create_app() -> web.Application:
    app = web.Application()
    app.router.add_post("/webhooks/evolution/{token}", answer)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(create_app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
