"""What a new source's sender must be told. Pure."""

import json
import shlex
import textwrap
from typing import Any
from urllib.parse import quote

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


def evolution_hint(instance: str, api_url: str | None, body: dict[str, Any]) -> str:
    """What to type so that an instance sends its events."""
    address = shlex.quote(api_url.rstrip("/")) if api_url else '"$EVOLUTION_API_URL"'
    return (
        "Tell Evolution, with its API key:\n\n"
        f'curl -X POST {address}{evolution_path(instance)} -H "apikey: $EVOLUTION_API_KEY" \\\n'
        f"  -H 'Content-Type: application/json' -d {shlex.quote(_shown(body))}"
    )


def n8n_hint(url: str, signed: bool) -> str:
    """How an n8n workflow posts to us."""
    lines = [
        "In n8n, add an HTTP Request node:",
        f"  Method POST, URL {url}",
        "  Body content type JSON, for example:",
        '  {"event":"message.created","phone":"5511965860124","sender_type":"patient","content":"Bom dia"}',
    ]
    if signed:
        lines.append("  Sign it as Standard Webhooks says: webhook-id, webhook-timestamp, webhook-signature.")
    return "\n".join(lines)


def _shown(body: dict[str, Any]) -> str:
    """The body as readable JSON: the events side by side, as many as a line holds."""
    text = json.dumps(body, indent=2)
    begin, end = text.index("[") + 1, text.rindex("]")
    events = textwrap.fill(" ".join(text[begin:end].split()), 76, break_on_hyphens=False)
    return f"{text[:begin]}\n{textwrap.indent(events, '      ')}\n    {text[end:]}"
