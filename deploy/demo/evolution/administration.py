"""Instances and webhooks as the API describes them."""

import base64
import random
import struct
import zlib
from datetime import UTC, datetime
from typing import Any

from deploy.demo.evolution.envelope import Json
from deploy.demo.evolution.ids import row_id
from deploy.demo.evolution.instances import EVENTS, Instance, Webhook

_SETTINGS = {
    "rejectCall": False,
    "msgCall": "",
    "groupsIgnore": False,
    "alwaysOnline": False,
    "readMessages": False,
    "readStatus": False,
    "syncFullHistory": False,
    "wavoipToken": "",
}
_MODULES = 29
_MODULE_PIXELS = 8
_CORNER = 7
_UNUSED = ("Chatwoot", "Proxy", "Rabbitmq", "Nats", "Sqs", "Websocket")


def instance_object(instance: Instance) -> Json:
    """An instance in `instance/fetchInstances`."""
    times = {"createdAt": _utc(instance.created_at), "updatedAt": _utc(instance.created_at)}
    return {
        "id": instance.id,
        "name": instance.name,
        "connectionStatus": "open",
        "ownerJid": instance.jid,
        "profileName": None,
        "profilePicUrl": None,
        "integration": "WHATSAPP-BAILEYS",
        "number": instance.number,
        "businessId": None,
        "token": instance.token,
        "clientName": "evo",
        "disconnectionReasonCode": None,
        "disconnectionObject": None,
        "disconnectionAt": None,
        **times,
        **dict.fromkeys(_UNUSED),
        "Setting": {"id": row_id(), **_SETTINGS, **times, "instanceId": instance.id},
        "_count": {"Message": 0, "Contact": 0, "Chat": 0},
    }


def connection_state(instance: Instance) -> Json:
    """The answer of `instance/connectionState`."""
    return {"instance": {"instanceName": instance.name, "state": "open" if instance.open else "close"}}


def pairing() -> Json:
    """The answer of `instance/connect` for an instance that is not connected: what a phone is to scan. Of no real phone."""
    picture = base64.b64encode(_picture_like_a_code()).decode()
    return {"pairingCode": None, "code": "2@stand-in", "base64": f"data:image/png;base64,{picture}", "count": 1}


def _picture_like_a_code() -> bytes:
    """A PNG of black and white modules, which no phone can read."""
    chance, side = random.Random("stand-in"), _MODULES * _MODULE_PIXELS  # noqa: S311 - a picture, not a secret
    modules = [[_is_corner(x, y) or chance.getrandbits(1) == 1 for x in range(_MODULES)] for y in range(_MODULES)]
    rows = [b"".join((b"\0" if dark else b"\xff") * _MODULE_PIXELS for dark in row) for row in modules]
    pixels = b"".join((b"\0" + row) * _MODULE_PIXELS for row in rows)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(pixels)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def _is_corner(x: int, y: int) -> bool:
    low, high = range(_CORNER), range(_MODULES - _CORNER, _MODULES)
    return (x in low and y in low) or (x in high and y in low) or (x in low and y in high)


def webhook_of(request: Json) -> Webhook:
    """The webhook that `webhook/set` asks for. No events means all of them."""
    wanted = request["webhook"]
    return Webhook(
        url=wanted["url"],
        enabled=bool(wanted["enabled"]),
        by_events=bool(wanted.get("byEvents")),
        base64=bool(wanted.get("base64")),
        headers=dict(wanted.get("headers") or {}),
        events=tuple(wanted.get("events") or EVENTS),
    )


def webhook_object(instance: Instance) -> Any:
    """The row of an instance's webhook, or null."""
    webhook = instance.webhook
    return webhook and {
        "id": webhook.id,
        "url": webhook.url,
        "headers": dict(webhook.headers),
        "enabled": webhook.enabled,
        "events": list(webhook.events),
        "webhookByEvents": webhook.by_events,
        "webhookBase64": webhook.base64,
        "createdAt": _utc(webhook.changed_at),
        "updatedAt": _utc(webhook.changed_at),
        "instanceId": instance.id,
    }


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
