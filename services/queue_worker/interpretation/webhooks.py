"""One webhook of Evolution API, opened as far as all events have it in common."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.facts import ActionFact, InboundEvent, Party
from services.queue_worker.interpretation.fields import text


@dataclass(frozen=True, slots=True)
class Webhook:
    """`data` is one element where the webhook listed several (`listed`); `digest` names that element then."""

    name: str
    data: Any
    payload: Mapping[str, Any]
    event: InboundEvent
    digest: str
    listed: bool = False

    @property
    def own_jid(self) -> Any:
        """The connected number, where it is known: never an address of whom it talks to."""
        return self.payload.get("sender")

    @property
    def accepts(self) -> frozenset[str]:
        return self.event.source.accepts

    @property
    def received_at(self) -> datetime:
        return self.event.received_at


def action(
    webhook: Webhook,
    party: Party,
    action_type: str,
    action_data: Mapping[str, Any],
    *,
    dedupe_key: str | None = None,
    timestamp: datetime | None = None,
) -> ActionFact:
    """An action; without an id of its own (`dedupe_key`) it is named after what it says and when it was told."""
    return ActionFact(
        party=party,
        action_type=action_type,
        action_data=action_data,
        timestamp=timestamp or webhook.received_at,
        dedupe_key=dedupe_key or _moment_key(webhook, party, action_type, action_data),
    )


def _moment_key(webhook: Webhook, party: Party, action_type: str, action_data: Mapping[str, Any]) -> str:
    # Not the digest of the bytes: an instance and its server may each tell of one event, to two addresses.
    told_at = text(webhook.payload.get("date_time"))
    if told_at is None:
        return f"{action_type}:digest:{webhook.digest}"
    addresses = [address.value for address in party.addresses]
    said = json.dumps([action_type, addresses, action_data, told_at], sort_keys=True)
    return f"{action_type}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"
