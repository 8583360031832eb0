"""A frame's way through this process, where it is recorded. Whose trace it continues no frame says: it says its message."""

from contextlib import AbstractContextManager, nullcontext

from opentelemetry.trace import SpanKind

from services.realtime_gateway.protocol.positions import read_frame
from shared.events.live import message_told
from shared.tracing.spans import CLINIC_ID, Attributes, batch, recording

_RECEIVED = {"messaging.system": "redis", "messaging.operation.type": "process"}
_NOTHING: AbstractContextManager[None] = nullcontext()


def frame_span(clinic_id: int, channel: str, payload: bytes) -> AbstractContextManager[object]:
    """While a frame is given to whom it concerns."""
    if not recording():
        return _NOTHING
    return batch("frame", SpanKind.CONSUMER, (), _attributes(clinic_id, channel, payload))


def _attributes(clinic_id: int, channel: str, payload: bytes) -> Attributes:
    position = read_frame(payload).position
    message_id = message_told(payload)
    return {
        **_RECEIVED,
        CLINIC_ID: clinic_id,
        "prosa.channel": channel,
        **({"prosa.seq": position.seq, "prosa.epoch": position.epoch} if position else {}),
        **({"prosa.message_id": message_id} if message_id else {}),
    }
