"""A webhook's way in: who sends it, what it is, and the promise that it is kept."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import structlog
from aiohttp import web
from opentelemetry.trace import SpanKind

from services.webhook_receiver import metrics
from services.webhook_receiver.bodies import Bodies, Hold, TooManyBytesError
from services.webhook_receiver.group_commit import GroupCommit, NotDurableError
from services.webhook_receiver.json_text import Verdict, judge, judge_by_grammar
from services.webhook_receiver.kept_headers import kept_headers
from services.webhook_receiver.rates import SourceRates
from services.webhook_receiver.redaction import without_secrets
from services.webhook_receiver.signatures.trust import SecretsUnreadableError, Trust
from services.webhook_receiver.sources import SourceDirectory, SourcesUnavailableError
from services.webhook_receiver.store import Source
from shared.auth.standard_webhooks import Refusal
from shared.events.envelope import WebhookEnvelope, encode_envelope
from shared.events.ids import time_ordered_uuid
from shared.http.content_coding import (
    KNOWN,
    BrokenBodyError,
    LargeBodyError,
    UnknownCodingError,
    is_coded,
    unfolded,
)
from shared.observability.problem import problem
from shared.tracing.context import accepted
from shared.tracing.spans import span

log = structlog.get_logger(__name__)

Handler = Callable[[web.Request], Awaitable[web.Response]]

RETRY_AFTER_SECONDS = "2"
# What spans say of a request: never its own URL, which has the token in it.
ROUTES = {
    kind: {"http.request.method": "POST", "http.route": f"/webhooks/{kind}/{{token}}"} for kind in ("evolution", "n8n")
}
REFUSALS: dict[Refusal, str] = {
    "missing_signature": "Webhooks of this source must be signed, and this one is not.",
    "wrong_signature": "No secret of this source made this signature.",
    "stale_timestamp": "The signature is right but too old, or from the future. Is the sender's clock right?",
}


@dataclass(frozen=True, slots=True)
class Intake:
    """What a webhook needs on its way in."""

    directory: SourceDirectory
    committer: GroupCommit
    bodies: Bodies
    rates: SourceRates
    trust: Trust
    body_timeout: float
    # One body at a time unfolds: until it is counted it is beyond the room for bodies.
    unfolding: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
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
        return _unknown(kind)
    if request.content_type != "application/json":
        return problem(415, "Send the event as application/json.")
    if (request.content_length or 0) > request.client_max_size:
        return _too_large(request)
    if wait := intake.rates.wait(source.id, source.rate_per_second, time.monotonic()):
        metrics.RATE_LIMITED.inc()
        if intake.rates.to_be_told(source.id, time.monotonic()):
            log.warning("source_sends_too_fast", source_id=source.id)
        return problem(429, "This source sends faster than it may.", headers={"Retry-After": str(wait)})
    coding = request.headers.get("Content-Encoding", "")
    if request.content.is_eof() and not is_coded(coding):  # as nearly every webhook's is
        return await _take(intake, source, request, None)
    with Hold(intake.bodies) as hold:
        return await _take(intake, source, request, hold)


async def _take(intake: Intake, source: Source, request: web.Request, hold: Hold | None) -> web.Response:
    try:
        body = await (request.read() if hold is None else _read(intake, request, hold))
    except TimeoutError:
        return problem(408, f"The body did not arrive within {intake.body_timeout:g} s.")
    except web.HTTPRequestEntityTooLarge:
        return _too_large(request)
    except TooManyBytesError:
        return _try_later("Too many bodies are being read now.")
    except (UnknownCodingError, BrokenBodyError):
        return problem(400, f"The body is not encoded as it says, or in none of {KNOWN}.", code="body_encoding")
    except (web.RequestPayloadError, ConnectionError):  # wrong chunks, or the sender left and never hears of this
        return problem(400, "The body cannot be read.")
    if source.secrets and (refused := await _distrust(intake, source, request, body)):
        return refused
    return await _accept(intake, source, request, body)


async def _read(intake: Intake, request: web.Request, hold: Hold) -> bytes:
    """A body that does not come with its request's head, or not as it is."""
    body = await _arrived(request, intake.body_timeout, hold)
    coding = request.headers.get("Content-Encoding", "")
    if not is_coded(coding):
        return body
    async with intake.unfolding:
        try:
            plain = await asyncio.to_thread(unfolded, body, coding, request.client_max_size)
        except LargeBodyError as error:
            raise web.HTTPRequestEntityTooLarge(request.client_max_size) from error
        hold.grow(len(plain))
    return plain


async def _arrived(request: web.Request, timeout: float, hold: Hold) -> bytes:
    body = bytearray()
    async with asyncio.timeout(timeout):
        while chunk := await request.content.readany():
            hold.grow(len(chunk))
            body += chunk
            if len(body) > request.client_max_size:
                raise web.HTTPRequestEntityTooLarge(request.client_max_size, len(body))
    return bytes(body)


async def _distrust(intake: Intake, source: Source, request: web.Request, body: bytes) -> web.Response | None:
    """The answer to a webhook that is not signed as its source's have to be; None for one that is.

    Nobody is turned away for good before Postgres was asked: a secret may have been added a moment ago.
    """
    try:
        refusal = intake.trust.refusal(source, request.headers, body, datetime.now(UTC))
        if refusal is not None:
            now_known = await intake.directory.look_again(source)
            if now_known is None:
                return _unknown(source.kind)
            refusal = intake.trust.refusal(now_known, request.headers, body, datetime.now(UTC))
    except SourcesUnavailableError:
        return _try_later("The signature cannot be checked now.")
    except SecretsUnreadableError as error:
        metrics.SIGNATURES.labels("unreadable_secret").inc()
        log.error("secret_unreadable", source_id=source.id, error=str(error))
        return _try_later("The signature cannot be checked now.")
    metrics.SIGNATURES.labels(refusal or "verified").inc()
    return None if refusal is None else problem(401, REFUSALS[refusal], code=refusal)


async def _accept(intake: Intake, source: Source, request: web.Request, body: bytes) -> web.Response:
    if complaint := _complaint(await _verdict(intake, body), source.kind):
        return problem(400, complaint)
    event_id, sent_in = time_ordered_uuid(), accepted(request.headers)
    try:
        with span(
            "webhook receive", SpanKind.SERVER, event_id, sent_in, source.clinic_id, ROUTES[source.kind]
        ) as trace:
            envelope = WebhookEnvelope(
                event_id=event_id,
                clinic_id=source.clinic_id,
                source_id=source.id,
                source_kind=source.kind,
                received_at=datetime.now(UTC),
                body=without_secrets(body),
                headers=kept_headers(request.raw_headers, request.match_info["token"]),
                trace=trace,
            )
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


def _unknown(kind: str) -> web.Response:
    return problem(404, f"No {kind} source has this token.")


def _too_large(request: web.Request) -> web.Response:
    return problem(413, f"The body is larger than {request.client_max_size} bytes.")


def _try_later(detail: str) -> web.Response:
    return problem(503, detail, headers={"Retry-After": RETRY_AFTER_SECONDS})
