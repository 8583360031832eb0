"""A collector of spans: a real HTTP server that reads what OpenTelemetry's exporter sends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class Collector:
    """`spans` by the service and their own name; `raw` is every byte that came."""

    url: str = ""
    spans: dict[tuple[str, str], list[Span]] = field(default_factory=dict)
    raw: bytes = b""

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.raw += body
        for part in ExportTraceServiceRequest.FromString(body).resource_spans:
            [service] = [pair.value.string_value for pair in part.resource.attributes if pair.key == "service.name"]
            for scope in part.scope_spans:
                for span in scope.spans:
                    self.spans.setdefault((service, span.name), []).append(span)
        return web.Response(content_type="application/x-protobuf")

    def traces(self, service: str, name: str) -> set[str]:
        """Whose traces the spans of that name are in, or linked to."""
        spans = self.spans.get((service, name), [])
        return {found.trace_id.hex() for span in spans for found in (span.links or [span])}


@asynccontextmanager
async def collector() -> AsyncIterator[Collector]:
    """A collector, as long as it is needed."""
    found = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", found.take)
    async with TestServer(app) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found
