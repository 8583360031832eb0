"""The protocol's description for programs, as it is committed: served without building its models."""

from pathlib import Path

from aiohttp import web

COMMITTED = Path(__file__).with_name("asyncapi.json")


def document_route() -> web.RouteDef:
    """`/realtime/asyncapi.json`, for whoever asks."""
    body = COMMITTED.read_bytes()

    async def asyncapi(_request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    return web.get("/realtime/asyncapi.json", asyncapi)
