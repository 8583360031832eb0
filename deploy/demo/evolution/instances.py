"""The instances, one a connected WhatsApp number, and where each of them reports to."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deploy.demo.evolution.ids import row_id
from deploy.demo.seed import CLINICS

EVENTS = (
    "APPLICATION_STARTUP",
    "QRCODE_UPDATED",
    "MESSAGES_SET",
    "MESSAGES_UPSERT",
    "MESSAGES_EDITED",
    "MESSAGES_UPDATE",
    "MESSAGES_DELETE",
    "SEND_MESSAGE",
    "SEND_MESSAGE_UPDATE",
    "CONTACTS_SET",
    "CONTACTS_UPSERT",
    "CONTACTS_UPDATE",
    "PRESENCE_UPDATE",
    "CHATS_SET",
    "CHATS_UPSERT",
    "CHATS_UPDATE",
    "CHATS_DELETE",
    "GROUPS_UPSERT",
    "GROUP_UPDATE",
    "GROUP_PARTICIPANTS_UPDATE",
    "CONNECTION_UPDATE",
    "LABELS_EDIT",
    "LABELS_ASSOCIATION",
    "CALL",
    "TYPEBOT_START",
    "TYPEBOT_CHANGE_STATUS",
    "REMOVE_INSTANCE",
    "LOGOUT_INSTANCE",
    "INSTANCE_CREATE",
    "INSTANCE_DELETE",
    "STATUS_INSTANCE",
)

_NUMBERS = {"demo-wa": "5511955559001", "outra-wa": "5511955559002"}


def now() -> datetime:
    """The moment, as the stand-in dates things."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Webhook:
    """An instance's webhook. `headers` may hold `jwt_key`, which is not sent but signs."""

    url: str
    enabled: bool = True
    by_events: bool = False
    base64: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    events: tuple[str, ...] = EVENTS
    id: str = field(default_factory=row_id)
    changed_at: datetime = field(default_factory=now)

    def wants(self, event: str) -> bool:
        """Whether an event, by its name in a body, is to be posted."""
        return self.enabled and event.upper().replace(".", "_").replace("-", "_") in self.events


@dataclass(slots=True)
class Instance:
    """A connected number. `token` is its own API key, accepted beside the server's.

    `files` is every message with a file that went through it, by its id: Evolution gives them when it is asked.
    `version` is the server's, whose bodies it takes; one that is not `open` has lost its line to WhatsApp.
    """

    name: str
    number: str
    webhook: Webhook | None = None
    created_at: datetime = field(default_factory=now)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: str = "v2"
    open: bool = True

    @property
    def jid(self) -> str:
        """The number as WhatsApp names it."""
        return f"{self.number}@s.whatsapp.net"

    @property
    def id(self) -> str:
        """The instance's id, the same every time."""
        return str(uuid.uuid5(uuid.NAMESPACE_DNS, self.name))

    @property
    def token(self) -> str:
        """The instance's own API key, the same every time."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, self.name)).upper()


def demo_instances(receiver_url: str) -> dict[str, Instance]:
    """The instances of the demo clinics, each reporting to the receiver under its own token."""
    sources = [source for clinic in CLINICS for source in clinic.sources if source.kind == "evolution"]
    return {
        source.name: Instance(
            source.name, _NUMBERS[source.name], Webhook(f"{receiver_url}/webhooks/evolution/{source.token}")
        )
        for source in sources
    }
