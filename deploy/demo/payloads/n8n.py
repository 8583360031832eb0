"""What the clinic's n8n workflows post: what its assistant says, and what it did."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo.cast import Patient

Json = dict[str, Any]

_CLINIC_ZONE = ZoneInfo("America/Sao_Paulo")


def message_created(party: Json, sender_type: str, words: str, external_id: str, moment: datetime) -> Json:
    """Somebody said something. Workflows write the clinic's wall-clock time, without an offset."""
    return {
        "event": "message.created",
        **party,
        "sender_type": sender_type,
        "content": words,
        "message_type": "text",
        "timestamp": _wall_clock(moment),
        "external_id": external_id,
    }


def action_created(party: Json, action_type: str, action_data: Json, moment: datetime) -> Json:
    """The workflow did something for the patient."""
    return {
        "event": "action.created",
        **party,
        "action_type": action_type,
        "action_data": action_data,
        "timestamp": _wall_clock(moment),
        "external_id": f"action-{action_data['reference']}-{action_type}",
    }


def by_phone(patient: Patient) -> Json:
    """A patient as a workflow knows them that starts from WhatsApp."""
    return {"phone": patient.number, "contact_name": patient.name}


def by_conversation(patient: Patient) -> Json:
    """A patient as an older system knows them: by a conversation id too long for 64 bits."""
    return {"conversation_id": f"{patient.number}124551150391", **by_phone(patient)}


def wrapped(events: list[Json]) -> list[Json]:
    """Events inside the items of n8n's own webhook node, as a workflow passes them on that does not unpack them."""
    headers = {"host": "127.0.0.1:5678", "user-agent": "axios/1.13.2", "content-type": "application/json"}
    return [{"headers": headers, "params": {}, "query": {}, "body": event} for event in events]


def _wall_clock(moment: datetime) -> str:
    return moment.astimezone(_CLINIC_ZONE).replace(tzinfo=None).isoformat(timespec="milliseconds")
