"""Whether Evolution shows a message of ours whose call had no answer. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

# By how much Evolution's clock, which counts seconds, may be behind ours.
CLOCK_TOLERANCE = timedelta(seconds=30)

_MEDIA = {
    "imageMessage": "image",
    "videoMessage": "video",
    "audioMessage": "audio",
    "documentMessage": "document",
    "documentWithCaptionMessage": "document",
}
_LONGEST_NESTING = 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message of ours that Evolution shows."""

    provider_id: str
    remote_jid: str | None
    message_type: str
    text: str
    at: datetime


def candidates(body: Any) -> list[Candidate] | None:
    """The messages in an answer of `chat/findMessages`, of either version; None where it is no such answer."""
    records = _records(body)
    if records is None:
        return None
    read = (_candidate(record) for record in records if isinstance(record, Mapping))
    return [candidate for candidate in read if candidate is not None]


def the_one(
    found: Iterable[Candidate], message_type: str, text: str, since: datetime, taken: frozenset[str]
) -> Candidate | None:
    """The earliest that says the same, not before `since`, under an id that is not another message's."""
    fitting = [
        candidate
        for candidate in found
        if candidate.message_type == message_type
        and candidate.text == text
        and candidate.at >= since - CLOCK_TOLERANCE
        and candidate.provider_id not in taken
    ]
    return min(fitting, key=lambda candidate: (candidate.at, candidate.provider_id), default=None)


def _records(body: Any) -> list[Any] | None:
    if isinstance(body, list):
        return body
    messages = body.get("messages") if isinstance(body, Mapping) else None
    records = messages.get("records") if isinstance(messages, Mapping) else messages
    return records if isinstance(records, list) else None


def _candidate(record: Mapping[str, Any]) -> Candidate | None:
    key, message, at = record.get("key"), record.get("message"), _time(record.get("messageTimestamp"))
    if not isinstance(key, Mapping) or key.get("fromMe") is not True or not isinstance(message, Mapping) or at is None:
        return None
    provider_id, jid = key.get("id"), key.get("remoteJid")
    said = next(_said(message, 0), None)
    if not isinstance(provider_id, str) or not provider_id or said is None:
        return None
    return Candidate(provider_id, jid if isinstance(jid, str) else None, *said, at)


def _said(message: Mapping[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    """Type and text, also of what is wrapped (a chat with disappearing messages wraps everything)."""
    if isinstance(text := message.get("conversation"), str):
        yield "text", text
    if isinstance(extended := message.get("extendedTextMessage"), Mapping):
        yield "text", str(extended.get("text") or "")
    for name, message_type in _MEDIA.items():
        if isinstance(media := message.get(name), Mapping) and "message" not in media:
            yield message_type, str(media.get("caption") or "")
    if depth < _LONGEST_NESTING:
        for wrapper in message.values():
            if isinstance(wrapper, Mapping) and isinstance(inner := wrapper.get("message"), Mapping):
                yield from _said(inner, depth + 1)


def _time(value: Any) -> datetime | None:
    if isinstance(value, Mapping) and isinstance(value.get("low"), int):
        value = int(value.get("high") or 0) * 2**32 + value["low"] % 2**32
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**33:
        return None
    return datetime.fromtimestamp(value, UTC)
