"""The outside of a client's frame, `{"id", "type", "data"}`, and of what answers it."""

from typing import Any, NamedTuple

import orjson
from pydantic_core import from_json

from services.realtime_gateway.protocol.refusal import Refusal

LONGEST_COMMAND_ID = 64
LARGEST_COMMAND_ID = 2**53

CommandId = str | int | None


class Envelope(NamedTuple):
    """A client's frame of which only id and type are known to be sound."""

    id: CommandId
    type: str
    content: dict[str, Any]


UNREADABLE = Envelope(None, "", {})


def read_envelope(text: str | bytes) -> Envelope:
    """Id and type of a frame. Raises Refusal where it has none to answer to."""
    if isinstance(text, bytes):
        raise Refusal("bad_frame", "send text frames, not binary ones")
    try:
        content = from_json(text)
    except ValueError:
        raise Refusal("bad_frame", "the frame is not JSON") from None
    if not isinstance(content, dict):
        raise Refusal("bad_frame", "the frame is not a JSON object")
    return Envelope(_command_id(content.get("id")), _command_type(content.get("type")), content)


def reply(command_id: CommandId, data: bytes) -> bytes:
    """A command was carried out; `data` is JSON."""
    return b'{"type":"reply","id":%s,"ok":true,"data":%s}' % (orjson.dumps(command_id), data)


def refused(command_id: CommandId, refusal: Refusal) -> bytes:
    """A command was not carried out."""
    return orjson.dumps({"type": "reply", "id": command_id, "ok": False, "error": error_of(refusal)})


def error_of(refusal: Refusal) -> dict[str, Any]:
    """A refusal as clients read it."""
    error: dict[str, Any] = {"code": refusal.code, "message": refusal.message, "temporary": refusal.temporary}
    if refusal.retry_ms is not None:
        error["retry_ms"] = refusal.retry_ms
    if refusal.details:
        error["details"] = refusal.details
    return error


def _command_id(value: object) -> CommandId:
    if value is None or (isinstance(value, str) and len(value) <= LONGEST_COMMAND_ID):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST_COMMAND_ID:
        return value
    raise Refusal("bad_frame", f"`id` is not a string of at most {LONGEST_COMMAND_ID} characters")


def _command_type(value: object) -> str:
    return value if isinstance(value, str) else ""
