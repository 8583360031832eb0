"""The state of an instance's line to WhatsApp. No code that opens the line gets into a fact."""

from collections.abc import Mapping

from services.queue_worker.facts import Fact, LineFact, LineState, ShapeError
from services.queue_worker.interpretation.fields import count, mapping, required_object
from services.queue_worker.interpretation.webhooks import Webhook

LOGGED_OUT = 401
# Why WhatsApp, or Evolution, ended a connection.
REASONS: Mapping[int, str] = {
    401: "logged out",
    402: "restricted by WhatsApp",
    403: "forbidden by WhatsApp",
    405: "refused by WhatsApp",
    406: "banned by WhatsApp",
    408: "timed out or lost",
    411: "multi-device mismatch",
    428: "connection closed",
    440: "replaced by another connection",
    500: "bad session",
    503: "WhatsApp unavailable",
    515: "restart required",
}
_STATES: Mapping[str, LineState] = {
    "connecting": "connecting",
    "open": "open",
    "close": "closed",
    "closed": "closed",
    "refused": "refused",
}
_ENDED = frozenset({"closed", "refused"})


def connection(webhook: Webhook) -> tuple[Fact, ...]:
    """connection.update and status.instance, which name state and code differently."""
    data = required_object(webhook.data, "data")
    given = data.get("state") if data.get("state") is not None else data.get("status")
    state = _STATES.get(given.strip().lower()) if isinstance(given, str) else None
    if state is None:
        raise ShapeError("data.state is none that a line is known to have")
    code = count(
        data.get("statusReason") if data.get("statusReason") is not None else data.get("disconnectionReasonCode")
    )
    return (_ended(webhook, state, code) if state in _ENDED else LineFact(state, webhook.received_at),)


def pairing(webhook: Webhook) -> tuple[Fact, ...]:
    """qrcode.updated: a code waits to be scanned or, without one, nobody scanned any in time."""
    data = mapping(webhook.data)
    if data.get("qrcode") is None and (data.get("message") is not None or data.get("statusCode") is not None):
        return (LineFact("refused", webhook.received_at, "QR code limit reached"),)
    return (LineFact("pairing", webhook.received_at, "waiting for the phone to be paired"),)


def logged_out(webhook: Webhook) -> tuple[Fact, ...]:
    """logout.instance."""
    return (LineFact("logged_out", webhook.received_at, "logged out"),)


def removed(webhook: Webhook) -> tuple[Fact, ...]:
    """remove.instance and instance.delete, of which both come, in either order."""
    return (LineFact("removed", webhook.received_at, "instance removed"),)


def created(webhook: Webhook) -> tuple[Fact, ...]:
    """instance.create."""
    return (LineFact("created", webhook.received_at, "instance created"),)


def started(webhook: Webhook) -> tuple[Fact, ...]:
    """application.startup: its instances connect again."""
    return (LineFact("connecting", webhook.received_at, "Evolution API started"),)


def _ended(webhook: Webhook, state: LineState, code: int | None) -> LineFact:
    if state == "closed" and code == LOGGED_OUT:
        state = "logged_out"
    return LineFact(state, webhook.received_at, _reason(code))


def _reason(code: int | None) -> str | None:
    if code is None:
        return None
    return f"{REASONS[code]} ({code})" if code in REASONS else f"code {code}"
