"""What an integration's token may ask for: one table. What does not stand here is for people."""

from typing import Literal

from shared.auth.service_tokens import Scope

_CONVERSATION = "/api/conversations-simple/{conversation_id}"
_MESSAGE = f"{_CONVERSATION}/messages/{{message_id}}"

# `any`: whatever its scopes are.
ENDPOINTS_OF: dict[Scope | Literal["any"], tuple[str, ...]] = {
    "any": ("GET /api/auth/me",),
    "conversations:read": (
        "GET /api/conversations-simple",
        "GET /api/conversations-simple/counts",
        f"GET {_CONVERSATION}",
        f"GET {_CONVERSATION}/messages",
        f"GET {_CONVERSATION}/actions",
        "GET /api/contacts/{contact_id}/conversations",
        "GET /api/search",
        "GET /api/attachments/{attachment_id}",
        f"GET {_CONVERSATION}/attachments/{{attachment_id}}",
        "GET /api/users",
        "GET /api/labels",
        "GET /api/canned-replies",
        "GET /api/canned-replies/{reply_id}/rendered",
    ),
    "conversations:write": (
        f"PATCH {_CONVERSATION}",
        "POST /api/conversations-simple/bulk",
        f"POST {_CONVERSATION}/transfer",
        f"POST {_CONVERSATION}/read",
        f"POST {_CONVERSATION}/notes",
        f"PUT {_CONVERSATION}/labels/{{label_id}}",
        f"DELETE {_CONVERSATION}/labels/{{label_id}}",
    ),
    "messages:send": (
        f"POST {_CONVERSATION}/messages",
        f"POST {_CONVERSATION}/attachments",
        f"POST {_CONVERSATION}/typing",
        f"PUT {_MESSAGE}/reaction",
        f"PATCH {_MESSAGE}",
        f"DELETE {_MESSAGE}",
        f"POST {_MESSAGE}/retry",
    ),
    "actions:write": (f"POST {_CONVERSATION}/actions",),
    "contacts:read": ("GET /api/contacts", "GET /api/contacts/{contact_id}"),
    "contacts:write": ("PATCH /api/contacts/{contact_id}",),
    "operations:read": (
        "GET /api/queue",
        "GET /api/metrics",
        "GET /api/dlq",
        "GET /api/dlq/summary",
        "GET /api/sources",
        "GET /api/sources/{source_id}",
        "GET /api/sources/{source_id}/activity",
    ),
}


def _routes() -> dict[tuple[str, str], str]:
    pairs = ((name.partition(" "), scope) for scope, names in ENDPOINTS_OF.items() for name in names)
    return {(method, path): scope for (method, _, path), scope in pairs}


SCOPE_OF = _routes()
