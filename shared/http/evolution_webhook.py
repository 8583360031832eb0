"""How an Evolution instance is told where to post its events. Pure."""

from typing import Any
from urllib.parse import quote, urlsplit

# All that has an effect, by the names that version 2 knows; version 1 refuses the whole list for one it does not know.
EVENTS = (
    "MESSAGES_UPSERT",
    "MESSAGES_UPDATE",
    "MESSAGES_DELETE",
    "MESSAGES_SET",
    "SEND_MESSAGE",
    "CONTACTS_SET",
    "CONTACTS_UPSERT",
    "CONTACTS_UPDATE",
    "CHATS_SET",
    "CHATS_UPSERT",
    "CHATS_UPDATE",
    "CHATS_DELETE",
    "GROUPS_UPSERT",
    "GROUP_UPDATE",
    "GROUP_PARTICIPANTS_UPDATE",
    "PRESENCE_UPDATE",
    "CONNECTION_UPDATE",
    "QRCODE_UPDATED",
    "CALL",
    "LABELS_EDIT",
    "LABELS_ASSOCIATION",
)
ONLY_VERSION_2 = ("MESSAGES_EDITED", "LOGOUT_INSTANCE", "REMOVE_INSTANCE")


def webhook_url(receiver: str, kind: str, token: str) -> str:
    """Where the source posts to."""
    return f"{receiver.rstrip('/')}/webhooks/{kind}/{token}"


def evolution_body(url: str, api_version: str, jwt_key: str | None) -> dict[str, Any]:
    """The body of `POST /webhook/set/{instance}`."""
    if api_version == "v1":
        return {
            "enabled": True,
            "url": url,
            "webhook_by_events": False,
            "webhook_base64": False,
            "events": list(EVENTS),
        }
    headers = {"headers": {"jwt_key": jwt_key}} if jwt_key else {}
    events = [*EVENTS, *ONLY_VERSION_2]
    return {"webhook": {"enabled": True, "url": url, "byEvents": False, "base64": False, **headers, "events": events}}


def evolution_path(instance: str) -> str:
    """The path of the request that sets an instance's webhook."""
    return f"/webhook/set/{quote(instance, safe='')}"


def is_server_address(url: str) -> bool:
    """Whether a text can be an Evolution server's address: http or https, a host, nothing secret, nothing behind the path."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return False
    plain = url.isascii() and url.isprintable() and not any(c in url for c in " \\?#@")
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)
