"""What Evolution's answer to a send means. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Unsent = Literal["permanent", "transient", "unavailable"]

# Evolution answers 400 for whatever goes wrong inside; these mean that the line was down, not that the message was wrong.
_LINE_DOWN = ("connection closed", "timed out", "timeout", "not connected", "stream errored", "connection lost")
_CREATED = (200, 201)


@dataclass(frozen=True, slots=True)
class Sent:
    """Evolution took it, under that id, for that address (which may differ from the one that was asked for)."""

    provider_id: str
    remote_jid: str | None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Evolution did not take it."""

    reason: str
    unsent: Unsent


def read_answer(status: int, body: Any) -> Sent | NotSent:
    """The outcome of a send by the status and JSON body (None where it was no JSON) of its answer."""
    if status in _CREATED:
        return _sent(body)
    if status == 400:  # noqa: PLR2004 - HTTP's own number
        return _refused(body)
    if status in (401, 403):
        return NotSent(f"Evolution refused our key ({status})", "permanent")
    if status == 404:  # noqa: PLR2004
        return NotSent("Evolution does not know the instance", "permanent")
    if status in (429, 503):
        return NotSent(f"Evolution is not ready ({status})", "unavailable")
    return NotSent(f"Evolution failed ({status})", "transient")


def _sent(body: Any) -> Sent | NotSent:
    key = body.get("key") if isinstance(body, Mapping) else None
    provider_id = key.get("id") if isinstance(key, Mapping) else None
    if not isinstance(provider_id, str) or not provider_id:
        return NotSent("Evolution took the message but gave it no id", "permanent")
    remote_jid = key.get("remoteJid") if isinstance(key, Mapping) else None
    return Sent(provider_id, remote_jid if isinstance(remote_jid, str) else None)


def _refused(body: Any) -> NotSent:
    response = body.get("response") if isinstance(body, Mapping) else None
    message = response.get("message") if isinstance(response, Mapping) else None
    if isinstance(message, list) and any(isinstance(item, Mapping) and item.get("exists") is False for item in message):
        return NotSent("the number is not on WhatsApp", "permanent")
    if any(sign in str(message).lower() for sign in _LINE_DOWN):
        return NotSent("the instance is not connected to WhatsApp", "unavailable")
    return NotSent("Evolution refused the message (400)", "permanent")
