"""What Evolution's answer to a call means. Pure. The table of them all is in `docs/sending.md`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.queue_worker.interpretation.timestamps import unix_time
from services.queue_worker.send_kinds import CONTENT

# `permanent`: this message, never. `transient`: this message, perhaps later. `unavailable`: no message through this source.
Unsent = Literal["permanent", "transient", "unavailable"]

# Why a message failed, as agents' clients may translate it, with the words for those that do not.
REASONS: Mapping[str, str] = {
    "not_on_whatsapp": "the number is not on WhatsApp",
    "no_address": "the contact has no address on this instance",
    "refused": "WhatsApp's gateway refused the message",
    "unsupported": "this instance cannot do that",
    "too_large": "the file is too large for the instance",
    "file_missing": "the file to be sent is not there any more",
    "gave_up": "it could not be sent after several attempts",
    "outcome_unknown": "not known whether it arrived: Evolution did not answer, and does not show the message",
    "not_found": "the message to be sent does not exist",
    "stopped": "it was taken out of the queue",
    # Why a source rests.
    "line_down": "the instance is not connected to WhatsApp",
    "bad_key": "Evolution refuses our key",
    "unknown_instance": "Evolution does not know the instance",
    "not_activated": "Evolution is not activated (licence)",
    "not_ready": "Evolution is not ready",
    "busy": "Evolution asks for fewer calls",
    "misconfigured": "Evolution's address leads elsewhere",
    "unreachable": "Evolution cannot be reached",
    "failing": "Evolution fails call after call",
}

LINE_REASONS = tuple(REASONS)[list(REASONS).index("line_down") :]

# Evolution answers 400 for whatever goes wrong inside. These words mean that WhatsApp was not reached; any other exception
# may as well come from what it does after it sent ("Timed out fetching a new connection" is its database's).
_LINE_DOWN = ("connection closed", "connection was lost", "not connected", "stream errored")
_UNSUPPORTED = ("method not available", "not supported", "not implemented")
_NAMED_EXCEPTION = re.compile(r"\b(?!Error:)\w+(Error|Exception):|prisma", re.IGNORECASE)
_EXCEPTION = re.compile(r"\b\w*(Error|Exception):|timed?.?out", re.IGNORECASE)
_LONGEST_COMPLAINT = 200
_NOT_READY = 503
_FIRST_REDIRECT, _FIRST_REFUSAL, _FIRST_FAILURE = 300, 400, 500


@dataclass(frozen=True, slots=True)
class Sent:
    """Evolution took it, under that id, for that address (which may differ from the one that was asked for)."""

    provider_id: str
    remote_jid: str | None


@dataclass(frozen=True, slots=True)
class Done:
    """Evolution did what makes no message of its own. `at` is WhatsApp's time of it, where it was told."""

    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Evolution did not take it. `code` is one of REASONS; `detail` says more to an operator."""

    code: str
    unsent: Unsent
    detail: str | None = None

    @property
    def reason(self) -> str:
        """For people."""
        return REASONS[self.code]

    @property
    def error(self) -> str:
        """For operators."""
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


@dataclass(frozen=True, slots=True)
class Unclear:
    """It cannot be told whether Evolution took it."""

    reason: str


Answer = Sent | Done | NotSent | Unclear


def read_answer(status: int, body: Any, kind: str = "send.text") -> Answer:
    """The outcome of a call by the status and JSON body (None where it was no JSON) of its answer."""
    if _is_unlicensed(body):
        return NotSent("not_activated", "unavailable")
    if status in (200, 201):
        return _sent(body) if kind in CONTENT else Done(_time(body))
    if status >= _FIRST_REFUSAL and status < _FIRST_FAILURE:
        return _refusal(status, body, kind)
    if status == _NOT_READY and isinstance(body, Mapping):
        return NotSent("not_ready", "unavailable")  # in its own words; a proxy's may mean that the answer got lost
    if _FIRST_REDIRECT <= status < _FIRST_REFUSAL:
        return NotSent("misconfigured", "unavailable", f"HTTP {status}")
    # It may have failed after it sent, and a proxy in between knows nothing either.
    return Unclear(f"Evolution failed ({status})")


def _refusal(status: int, body: Any, kind: str) -> NotSent | Unclear:
    match status:
        case 400:
            return _bad_request(body)
        case 401 | 403:
            return NotSent("bad_key", "unavailable", f"HTTP {status}")
        case 404 if kind != "send.text" and "cannot " in _words(body).lower():
            return NotSent("unsupported", "permanent", "Evolution has no such route")
        case 404:
            return NotSent("unknown_instance", "unavailable", "HTTP 404")
        case 405:
            return NotSent("unsupported", "permanent", "HTTP 405")
        case 408 | 425:
            return NotSent("gave_up", "transient", f"HTTP {status}")
        case 413:
            return NotSent("too_large", "permanent", "HTTP 413")
        case 429:
            return NotSent("busy", "unavailable", "HTTP 429")
    return NotSent("refused", "permanent", f"HTTP {status}")


def _bad_request(body: Any) -> NotSent | Unclear:
    message, words = _message(body), _words(body)
    if isinstance(message, list) and any(isinstance(item, Mapping) and item.get("exists") is False for item in message):
        return NotSent("not_on_whatsapp", "permanent")
    if _NAMED_EXCEPTION.search(words):
        return Unclear("Evolution failed (400)")
    if any(sign in words.lower() for sign in _LINE_DOWN):
        return NotSent("line_down", "unavailable")
    if any(sign in words.lower() for sign in _UNSUPPORTED):
        return NotSent("unsupported", "permanent", _complaint(message))
    if _EXCEPTION.search(words):
        return Unclear("Evolution failed (400)")
    return NotSent("refused", "permanent", _complaint(message) or "HTTP 400")


def _sent(body: Any) -> Sent | Unclear:
    key = body.get("key") if isinstance(body, Mapping) else None
    provider_id = key.get("id") if isinstance(key, Mapping) else None
    if not isinstance(provider_id, str) or not provider_id:
        return Unclear("Evolution took the message but gave it no id")
    remote_jid = key.get("remoteJid") if isinstance(key, Mapping) else None
    return Sent(provider_id, remote_jid if isinstance(remote_jid, str) else None)


def _time(body: Any) -> datetime | None:
    """When it happened by WhatsApp's clock: as its webhook will tell it."""
    message = _object(_object(body).get("message"))
    protocol = message.get("protocolMessage") or _object(_object(message.get("editedMessage")).get("message")).get(
        "protocolMessage"
    )
    exact = _object(message.get("reactionMessage")).get("senderTimestampMs") or _object(protocol).get("timestampMs")
    return unix_time(exact) or unix_time(_object(body).get("messageTimestamp"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_unlicensed(body: Any) -> bool:
    return isinstance(body, Mapping) and body.get("code") == "LICENSE_REQUIRED"


def _message(body: Any) -> Any:
    response = body.get("response") if isinstance(body, Mapping) else None
    return response.get("message") if isinstance(response, Mapping) else None


def _words(body: Any) -> str:
    return str(_message(body))


def _complaint(message: Any) -> str | None:
    """Evolution's own words about the shape of a call: they stand in a list in a list, and hold nothing of the patient's."""
    nested = message[0] if isinstance(message, list) and message and isinstance(message[0], list) else None
    if nested and isinstance(nested[0], str):
        return nested[0][:_LONGEST_COMPLAINT]
    return next((known for known in _FIXED_COMPLAINTS if message == [known]), None)


_FIXED_COMPLAINTS = frozenset(
    {
        "Method not available on Evolution Channel",
        "Reaction must be a single emoji or empty string",
        "Message not found",
    }
)
