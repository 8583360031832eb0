"""Instances and webhooks as the API describes them."""

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
    return {"pairingCode": None, "code": "2@stand-in", "base64": "data:image/png;base64,iVBORw0KGgo=", "count": 1}


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
