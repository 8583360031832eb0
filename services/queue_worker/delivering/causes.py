"""Which webhook or request a delivery comes from."""

import orjson

from services.queue_worker.causes import Cause, causes_of
from services.queue_worker.claims import ClaimedMessage
from shared.db.pool import Connection
from shared.events.envelope import MAX_ID


async def find_cause(connection: Connection, message: ClaimedMessage) -> Cause:
    """The cause of a delivery; where nobody knows it, or has forgotten it, the delivery itself."""
    messages, actions = _told(message)
    causes = await causes_of(connection, [message.clinic_id or 0], messages, actions)
    return causes[0] if causes else Cause(message.correlation_id, message.trace)


def _told(message: ClaimedMessage) -> tuple[list[int], list[int]]:
    """The message and the action that are told of. An edited payload may tell of anything."""
    try:
        told = orjson.loads(message.payload)["data"]
        if message.message_type == "deliver.message.created":
            return [_id(told["id"])], []
        return [], [_id(told["action"]["id"])]
    except (ValueError, KeyError, TypeError):
        return [], []


def _id(text: str) -> int:
    number = int(text)
    if not 0 < number <= MAX_ID:
        raise ValueError("an id that no row can have")
    return number
