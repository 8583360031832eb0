"""The straightforward receiver: one persistent publish, confirmed, for each request. `… PORT AMQP_URL QUEUE`

Same server, same queue type, same promise; the robust connection and one confirm channel, as most write it.
"""

import sys
from collections.abc import AsyncIterator

import aio_pika
import orjson
import uvloop
from aio_pika.abc import AbstractExchange
from aiohttp import web

EXCHANGE = web.AppKey("exchange", AbstractExchange)


async def answer(request: web.Request) -> web.Response:
    body = await request.read()
    if not isinstance(orjson.loads(body), dict):
        return web.Response(status=400)
    message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await request.app[EXCHANGE].publish(message, routing_key=sys.argv[3], mandatory=True)
    return web.Response(body=b'{"status":"queued"}', content_type="application/json")


async def broker(app: web.Application) -> AsyncIterator[None]:
    connection = await aio_pika.connect_robust(sys.argv[2])
    channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
    await channel.declare_queue(sys.argv[3], durable=True, arguments={"x-queue-type": "quorum"})
    app[EXCHANGE] = channel.default_exchange
    yield
    await connection.close()


async def create_app() -> web.Application:
    app = web.Application()
    app.cleanup_ctx.append(broker)
    app.router.add_post("/webhooks/evolution/{token}", answer)
    return app


if __name__ == "__main__":
    uvloop.install()
    web.run_app(create_app(), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
