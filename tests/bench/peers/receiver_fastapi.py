"""FastAPI on uvicorn (uvloop, httptools) with aio-pika's confirms. `… PORT AMQP_URL QUEUE`"""

# mypy: ignore-errors

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aio_pika
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

PORT, AMQP_URL, QUEUE = sys.argv[1:4]
publishing: dict[str, Any] = {}


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    """One connection and one confirm channel for the process."""
    async with await aio_pika.connect(AMQP_URL) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        await channel.declare_queue(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
        publishing["exchange"] = channel.default_exchange
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


# The raw request and a ready answer: models would parse and write what is only passed on.
@app.post("/webhooks/evolution/{token}")
async def answer(request: Request) -> Response:
    """Judge the body, and publish it as it came."""
    body = await request.body()
    if not isinstance(orjson.loads(body), dict):
        return Response(status_code=400)
    message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
    await publishing["exchange"].publish(message, routing_key=QUEUE, mandatory=True)
    return Response(b'{"status":"queued"}', media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(PORT), loop="uvloop", http="httptools", access_log=False, log_level="warning"
    )
