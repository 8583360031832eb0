"""One example of everything that is said, for the AsyncAPI document; a test holds each against its model."""

from typing import Any

Data = dict[str, Any]

_AT = "2026-11-20T11:09:19.559+00:00"
_CLINIC_AT = "2026-11-20T08:09:19.559-03:00"
_ANA: Data = {"id": "1", "name": "Ana Souza"}
_BRUNO: Data = {"id": "2", "name": "Bruno Lima"}
_EPOCH = "3b1d7755acef"
_CLINIC_EPOCH = "d0836bfeb089"

_MESSAGE: Data = {
    "id": "18",
    "conversation_id": "1",
    "sender_type": "professional",
    "sender_name": "Ana Souza",
    "sender_user_id": "1",
    "content": "Bom dia, Maria!",
    "message_type": "text",
    "timestamp": _CLINIC_AT,
    "status": "pending",
    "client_message_id": "tab-1-0002",
    "external_id": None,
    "reply_to": None,
    "metadata": {},
    "reactions": [],
    "edited_at": None,
    "deleted_at": None,
    "version": 1,
    "attachments": [],
}
_ACTION: Data = {
    "id": "5",
    "conversation_id": "1",
    "action_type": "appointment_created",
    "action_data": {"appointment": "2026-11-27 09:30"},
    "created_at": _CLINIC_AT,
}
_HANDOVER: Data = {
    "id": "6",
    "conversation_id": "1",
    "action_type": "conversation_transferred",
    "action_data": {"from_user": _ANA, "to_user": _BRUNO, "by": _ANA, "note": "wants to change the time"},
    "created_at": _CLINIC_AT,
}
_CONVERSATION: Data = {
    "id": "1",
    "contact_id": "1",
    "contact_name": "Maria",
    "contact_phone": "5511965860124",
    "external_id": "5511965860124551150391104",
    "status": "active",
    "priority": "normal",
    "assigned_to": "2",
    "unread_count": 0,
    "label_ids": ["4"],
    "last_message_id": "18",
    "last_message": "Bom dia, Maria!",
    "last_message_type": "text",
    "last_message_sender": "professional",
    "timestamp": _CLINIC_AT,
    "created_at": _CLINIC_AT,
    "updated_at": _CLINIC_AT,
    "version": 12,
}
_TYPING: Data = {"conversation_id": "1", "user": {**_BRUNO, "kind": "agent"}, "typing": True, "state": "composing"}
_PRESENT: Data = {"user_id": "2", "name": "Bruno Lima", "status": "online", "version": 31}
_READ: Data = {"conversation_id": "1", "message_id": "18", "unread_count": 0, "version": 13}

EVENT_DATA: dict[str, Data] = {
    "message:new": _MESSAGE,
    "message:updated": {**_MESSAGE, "status": "sent", "external_id": "3EB020327FEF965EA8B68C", "version": 2},
    "message:read": {**_READ, "user_id": "1"},
    "conversation:new": {"conversation_id": "1", "clinic_id": "1", "timestamp": _CLINIC_AT, "version": 1},
    "conversation:updated": {"conversation_id": "1", "version": 11, "action": _ACTION},
    "conversation:list:updated": {
        "conversationId": "1",
        "clinicId": "1",
        "eventType": "updated",
        "timestamp": _CLINIC_AT,
        "version": 10,
    },
    "conversation:transferred": {
        "conversation_id": "1",
        "from_user": _ANA,
        "to_user": _BRUNO,
        "by": _ANA,
        "note": True,
        "timestamp": _CLINIC_AT,
        "version": 12,
    },
    "conversation:typing": _TYPING,
    "conversation:viewers": {"conversation_id": "1", "viewers": [{"user_id": "2", "name": "Bruno Lima"}]},
    "message_notification": {
        "reason": "transferred",
        "conversation_id": "1",
        "contact_name": "Maria",
        "from_user": _ANA,
        "note": True,
        "timestamp": _CLINIC_AT,
        "version": 12,
    },
    "session:revoked": {"user_id": "2", "reason": "signed_out", "revoked_before": 1795172959},
    "session:changed": {"user_id": "2", "role": "supervisor"},
    "desk:updated": {
        "kind": "canned_reply",
        "id": "3",
        "eventType": "updated",
        "timestamp": _CLINIC_AT,
        "version": 2,
    },
    "source:state": {
        "source_id": "1",
        "name": "demo-wa",
        "state": "logged_out",
        "reason": "logged out (401)",
        "at": _CLINIC_AT,
        "version": 1795172959559,
    },
    "user:status": {**_PRESENT, "previous": "offline", "at": _AT},
    "presence_update": {**_PRESENT, "previous": "offline", "at": _AT},
}

# On the first of its channels.
TARGET_IDS = {"atendente": "2", "conversa": "1", "empresa": "1", "presence": "1"}

COMMAND_DATA: dict[str, Data | None] = {
    "conversation:join": {"conversation_id": "1", "since": {"seq": 8, "epoch": _EPOCH}},
    "conversation:leave": {"conversation_id": "1"},
    "clinic:join": {"since": {"seq": 13, "epoch": _CLINIC_EPOCH}},
    "typing_start": {"conversation_id": "1"},
    "typing_stop": {"conversation_id": "1"},
    "presence_update": {"status": "away"},
    "presence:list": None,
    "message:read": {"conversation_id": "1", "message_id": "18"},
    "conversation:transfer": {
        "conversation_id": "1",
        "to_user_id": "2",
        "note": "wants to change the time",
        "expected_assigned_to": "1",
    },
    "auth": {"token": "<token>"},
    "ping": None,
}


def event_example(event_type: str, target: str, word: str, *, durable: bool) -> Data:
    """Such an event as a client receives it."""
    position: Data = {"seq": 9, "epoch": _CLINIC_EPOCH if target == "empresa" else _EPOCH} if durable else {}
    target_id = TARGET_IDS[target]
    return {
        **position,
        "type": event_type,
        "target": word,
        "targetId": target_id,
        "channel": f"{target}:{target_id}",
        "timestamp": _AT,
        "data": EVENT_DATA[event_type],
    }


REPLY_DATA: dict[str, Data] = {
    "conversation:join": {
        "channel": "conversa:1",
        "seq": 9,
        "epoch": _EPOCH,
        "recovered": True,
        "conversation_id": "1",
        "typing": [_TYPING],
        "viewers": [{"user_id": "2", "name": "Bruno Lima"}],
        "events": [event_example("message:new", "conversa", "conversa", durable=True)],
    },
    "conversation:leave": {},
    "clinic:join": {"channel": "empresa:1", "seq": 14, "epoch": _CLINIC_EPOCH, "recovered": False, "events": []},
    "typing_start": {},
    "typing_stop": {},
    "presence_update": {"status": "away"},
    "presence:list": {
        "users": [{**_PRESENT, "since": _AT}],
        "counts": {"online": 1, "away": 0, "busy": 0},
        "version": 31,
        "stale": False,
    },
    "message:read": _READ,
    "conversation:transfer": {"conversation": _CONVERSATION, "action": _HANDOVER, "transferred": True},
    "auth": {"expires_at": 1795176559},
    "ping": {"server_time": _AT},
}

_RATE_LIMITED: Data = {
    "code": "rate_limited",
    "message": "too many events in a minute",
    "temporary": True,
    "retry_ms": 597,
}
REFUSED: Data = {"type": "reply", "id": "7", "ok": False, "error": _RATE_LIMITED}

NOTICES: dict[str, Data] = {
    "connected": {
        "type": "connected",
        "data": {
            "connection_id": "0a47ef37-d853-4e8f-9cd4-ec88d01c74ef",
            "user_id": "1",
            "clinic_id": "1",
            "ping_interval": 25000,
            "server_time": _AT,
            "channels": [
                {"channel": "atendente:1", "seq": 0, "epoch": "26df4e7f7924"},
                {"channel": "empresa:1", "seq": 13, "epoch": _CLINIC_EPOCH},
                {"channel": "presence:1", "seq": 0, "epoch": "08fe8f77c162"},
            ],
        },
    },
    "reset": {
        "type": "reset",
        "channel": "conversa:1",
        "data": {"channel": "conversa:1", "seq": 9, "epoch": "77aa21b0c9d1"},
    },
    "token_expiring": {"type": "token_expiring", "data": {"expires_at": 1795172959}},
    "going_away": {"type": "going_away", "data": {"reconnect_ms": 341}},
}


def command_example(command_type: str) -> Data:
    """Such a command as a client sends it."""
    data = COMMAND_DATA[command_type]
    return {"id": "7", "type": command_type, **({} if data is None else {"data": data})}


def reply_example(command_type: str) -> Data:
    """What it is answered with."""
    return {"type": "reply", "id": "7", "ok": True, "data": REPLY_DATA[command_type]}
