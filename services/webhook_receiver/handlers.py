"""A webhook's way in: who sends it, what it is, and the promise that it is kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import structlog
from aiohttp import web

from services.webhook_receiver import metrics
from services.webhook_receiver.group_commit import GroupCommit, NotDurableError
from services.webhook_receiver.json_text import Verdict, judge, judge_by_grammar
from services.webhook_receiver.redaction import without_api_key
from services.webhook_receiver.sources import SourceDirectory, SourcesUnavailableError
from services.webhook_receiver.store import Source
from shared.events.envelope import WebhookEnvelope, encode_envelope
from shared.events.ids import time_ordered_uuid
from shared.observability.problem import problem

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]

RETRY_AFTER_SECONDS = "2"


@dataclass(frozen=True, slots=True)
class Intake:
    """What a webhook needs on its way in."""

    directory: SourceDirectory
    committer: GroupCommit
    body_timeout: float
    # One slow look at a time: it is seconds of a core, and only hostile or broken bodies need it.
    grammar: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))


def webhook_routes(intake: Intake) -> list[web.RouteDef]:
    """Both forms of Evolution's URL, with and without the event's name, and n8n's."""
    return [
        web.post("/webhooks/evolution/{token}", _measured(intake, "evolution")),
        web.post("/webhooks/evolution/{token}/{event}", _measured(intake, "evolution")),
        web.post("/webhooks/n8n/{token}", _measured(intake, "n8n")),
    ]


def _measured(intake: Intake, kind: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        started = time.perf_counter()
        response = await _receive(intake, kind, request)
        metrics.ANSWERS.labels(kind, response.status).inc()
        if response.status == web.HTTPOk.status_code:
            metrics.DURATION.observe(time.perf_counter() - started)
        return response

    return handle


async def _receive(intake: Intake, kind: str, request: web.Request) -> web.Response:
    try:
        source = await intake.directory.find(request.match_info["token"])
    except SourcesUnavailableError:
        return _try_later("The configuration cannot be read now.")
    if source is None or source.kind != kind:
        return problem(404, f"No {kind} source has this token.")
    if request.content_type != "application/json":
        return problem(415, "Send the event as application/json.")
    try:
        body = await _read(request, intake.body_timeout)
    except TimeoutError:
        return problem(408, f"The body did not arrive within {intake.body_timeout:g} s.")
    except web.HTTPRequestEntityTooLarge:
        return problem(413, f"The body is larger than {request.client_max_size} bytes.")
    except (web.RequestPayloadError, ConnectionError):  # a wrong encoding, or the sender left and never hears of this
        return problem(400, "The body cannot be read.")
    return await _accept(intake, source, body)


async def _read(request: web.Request, timeout: float) -> bytes:
    """The body; without a timer where it is there already, as it is with nearly every webhook."""
    if (request.content_length or 0) > request.client_max_size:
        raise web.HTTPRequestEntityTooLarge(request.client_max_size)
    if request.content.is_eof():
        return await request.read()
    async with asyncio.timeout(timeout):
        return await request.read()


async def _accept(intake: Intake, source: Source, body: bytes) -> web.Response:
    if complaint := _complaint(await _verdict(intake, body), source.kind):
        return problem(400, complaint)
    event_id = time_ordered_uuid()
    envelope = WebhookEnvelope(
        event_id=event_id,
        clinic_id=source.clinic_id,
        source_id=source.id,
        source_kind=source.kind,
        received_at=datetime.now(UTC),
        body=without_api_key(body),
    )
    try:
        await intake.committer.append(encode_envelope(envelope))
    except NotDurableError:
        return _try_later("The event cannot be made durable now.")
    return _queued(event_id)


async def _verdict(intake: Intake, body: bytes) -> Verdict:
    verdict = judge(body)
    if verdict is not None:
        return verdict
    async with intake.grammar:
        return await asyncio.to_thread(judge_by_grammar, body)


def _complaint(verdict: Verdict, kind: str) -> str | None:
    """What is wrong with a body, if anything. n8n may send several events in an array."""
    if verdict == "invalid":
        return "The body is not JSON."
    if verdict == "empty array" and kind == "n8n":
        return "The array holds no event."
    if verdict == "object" or (verdict == "array" and kind == "n8n"):
        return None
    return "The body is JSON but not an object."


def _queued(event_id: UUID) -> web.Response:
    return web.Response(
        body=b'{"status":"queued","correlation_id":"%s"}' % str(event_id).encode(), content_type="application/json"
    )


def _try_later(detail: str) -> web.Response:
    return problem(503, detail, headers={"Retry-After": RETRY_AFTER_SECONDS})
