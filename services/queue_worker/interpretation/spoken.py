"""One WhatsApp message taken out of its envelopes, and what is understood of it: the terms between content's parts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.queue_worker.facts import Attachment


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message of one known kind: `body` is what stands under `kind` in `message`, `outer` what Evolution wrapped."""

    kind: str
    body: Mapping[str, Any]
    message: Mapping[str, Any]
    outer: Mapping[str, Any]
    provider_id: str
    view_once: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What a reader sees: `text` is readable in any language; `metadata` holds what a program may want."""

    message_type: str
    text: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()
