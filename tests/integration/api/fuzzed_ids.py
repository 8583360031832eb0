"""Ids of things that are there, for whatever a request may name: made-up ones are found nowhere, and prove little."""

import re
from collections.abc import Mapping
from typing import Any, LiteralString

from psycopg.rows import DictRow

from services.api.routes import ENDPOINTS
from tests.integration.api.factories import Owner
from tests.integration.api.tenant_walk import BODIES, PATH_PARAMETERS, Ids

CONVERSATIONS: LiteralString = "SELECT id::text FROM conversations WHERE clinic_id = 1 ORDER BY id DESC LIMIT 3"
USERS: LiteralString = "SELECT id::text FROM users WHERE clinic_id = 1 ORDER BY id LIMIT 4"
MESSAGES: LiteralString = "SELECT id::text FROM messages WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6"
DEAD: LiteralString = "SELECT id::text FROM failed_messages WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6"
SOURCES: LiteralString = "SELECT id::text FROM sources WHERE clinic_id = 1 ORDER BY id LIMIT 6"
ATTACHMENTS: LiteralString = "SELECT id::text FROM message_attachments WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6"
LABELS: LiteralString = "SELECT id::text FROM labels WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6"
CONTACTS: LiteralString = "SELECT id::text FROM contacts WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6"
REPLIES: LiteralString = "SELECT id::text FROM canned_replies WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6"

OUTER: LiteralString = "SELECT external_id FROM conversations WHERE clinic_id = 1 AND external_id IS NOT NULL"

# A path's parameter with what stands before it. Of others the tenants' walk has one.
IN_PATHS: Mapping[str, LiteralString] = {
    "conversations-simple/{conversation_id}": f"({CONVERSATIONS}) UNION {OUTER}",
    "contacts/{contact_id}": CONTACTS,
    "canned-replies/{reply_id}": REPLIES,
    "labels/{label_id}": LABELS,
    "messages/{message_id}": MESSAGES,
    "attachments/{attachment_id}": ATTACHMENTS,
    "dlq/{id}": DEAD,
    "issues/{fingerprint}": "SELECT fingerprint FROM dead_letter_issues WHERE clinic_id = 1 LIMIT 6",
    "sources/{source_id}": SOURCES,
    "replays/{replay_id}": "SELECT id::text FROM replays WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6",
    "messages/{id}": "SELECT id::text FROM message_queue WHERE clinic_id = 1 ORDER BY created_at DESC LIMIT 6",
    "users/{user_id}": USERS,
    "service-tokens/{token_id}": "SELECT id::text FROM service_tokens WHERE clinic_id = 1 ORDER BY id DESC LIMIT 6",
    "webhook-destinations/{destination_id}": "SELECT id::text FROM webhook_destinations WHERE clinic_id = 1 LIMIT 6",
}

# What bodies and queries call things.
IN_FIELDS: Mapping[str, LiteralString] = {
    "to_user_id": USERS,
    "assigned_to": USERS,
    "expected_assigned_to": USERS,
    "message_id": MESSAGES,
    "before": MESSAGES,
    "reply_to": MESSAGES,
    "conversation_id": CONVERSATIONS,
    "contact_id": CONTACTS,
    "source_id": SOURCES,
    "label": LABELS,
    "attachments": ATTACHMENTS,
}


class RealIds:
    """What of clinic 1 there is now."""

    def __init__(self, owner: Owner, conversation: DictRow) -> None:
        self._owner = owner
        self._walked = Ids(owner, 1, conversation)

    def of_path(self, path: str) -> dict[str, list[str]]:
        """Values for each parameter of a path."""
        found = re.findall(r"([^/]+)/\{([^}]+)\}", path)
        return {name: self._of_parameter(f"{before}/{{{name}}}") for before, name in found}

    def _of_parameter(self, parameter: str) -> list[str]:
        if parameter in IN_PATHS:
            return self._ask(IN_PATHS[parameter])
        return PATH_PARAMETERS[parameter](self._walked)

    def of_fields(self, path: str) -> dict[str, list[str]]:
        """Values for fields of bodies and queries, by their names; `ids` are of what the path is about."""
        about = DEAD if "/dlq" in path else CONVERSATIONS
        return {name: self._ask(statement) for name, statement in {**IN_FIELDS, "ids": about}.items()}

    def body(self, method: str, path: str) -> dict[str, Any] | None:
        """A valid one of an endpoint, where it takes one: that of the tenants' walk."""
        [model] = [one.body for one in ENDPOINTS if (one.method.lower(), one.path) == (method, path)]
        return BODIES[model](self._walked) if model is not None and model in BODIES else None

    def _ask(self, statement: LiteralString) -> list[str]:
        return [str(next(iter(row.values()))) for row in self._owner.execute(statement).fetchall()]
