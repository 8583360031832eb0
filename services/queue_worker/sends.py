"""What Evolution's answer to a send means. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Unsent = Literal["permanent", "transient", "unavailable"]

# Evolution answers 400 for whatever goes wrong inside. These words mean that WhatsApp was not reached; any other exception
# may as well come from what it does after it sent ("Timed out fetching a new connection" is its database's).
_LINE_DOWN = ("connection closed", "connection was lost", "not connected", "stream errored")
_EXCEPTION = re.compile(r"\b\w*(Error|Exception):")


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


@dataclass(frozen=True, slots=True)
class Unclear:
    """It cannot be told whether Evolution took it."""

    reason: str


Answer = Sent | NotSent | Unclear


def read_answer(status: int, body: Any) -> Answer:
    """The outcome of a send by the status and JSON body (None where it was no JSON) of its answer."""
    match status:
        case 200 | 201:
            return _sent(body)
        case 400:
            return _refused(body)
        case 401 | 403:
            return NotSent(f"Evolution refused our key ({status})", "permanent")
        case 404:
            return NotSent("Evolution does not know the instance", "permanent")
        case 429 | 503:
            return NotSent(f"Evolution is not ready ({status})", "unavailable")
        case _ if status < 500:  # noqa: PLR2004 - HTTP's own number
            return NotSent(f"Evolution refused the request ({status})", "permanent")
    # It may have failed after it sent, and a proxy in between knows nothing either.
    return Unclear(f"Evolution failed ({status})")


def _sent(body: Any) -> Sent | Unclear:
    key = body.get("key") if isinstance(body, Mapping) else None
    provider_id = key.get("id") if isinstance(key, Mapping) else None
    if not isinstance(provider_id, str) or not provider_id:
        return Unclear("Evolution took the message but gave it no id")
    remote_jid = key.get("remoteJid") if isinstance(key, Mapping) else None
    return Sent(provider_id, remote_jid if isinstance(remote_jid, str) else None)


def _refused(body: Any) -> NotSent | Unclear:
    response = body.get("response") if isinstance(body, Mapping) else None
    message = response.get("message") if isinstance(response, Mapping) else None
    if isinstance(message, list) and any(isinstance(item, Mapping) and item.get("exists") is False for item in message):
        return NotSent("the number is not on WhatsApp", "permanent")
    if any(sign in str(message).lower() for sign in _LINE_DOWN):
        return NotSent("the instance is not connected to WhatsApp", "unavailable")
    if _EXCEPTION.search(str(message)):
        return Unclear("Evolution failed (400)")
    return NotSent("Evolution refused the message (400)", "permanent")
