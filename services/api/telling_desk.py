"""What is written down and told where a thing changed that all agents of a clinic work with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from services.api.desk import Desk
from services.api.telling import append_outbox
from shared.events.clinic_time import to_clinic_time
from shared.events.live import live_event

_AUDITED = {"new": "created", "updated": "changed", "deleted": "deleted"}


async def tell_desk(
    desk: Desk,
    kind: Literal["canned_reply", "label"],
    row: Mapping[str, Any],
    event: Literal["new", "updated", "deleted"],
    audited: Mapping[str, Any],
    stale: Sequence[str] = (),
) -> None:
    """In the transaction that changes it: a row of the audit log, and an event to everybody of the clinic.

    `stale` are keys of what shows it, dropped before anybody hears.
    """
    await desk.audit(f"{kind}.{_AUDITED[event]}", kind, row["id"], {**audited, "version": row["version"]})
    await tell_everybody(desk, kind, row, event, stale)


async def tell_everybody(
    desk: Desk,
    kind: Literal["canned_reply", "label", "user"],
    row: Mapping[str, Any],
    event: Literal["new", "updated", "deleted"],
    stale: Sequence[str] = (),
) -> None:
    """The event alone, in the transaction that changes it."""
    change = {
        "kind": kind,
        "id": str(row["id"]),
        "eventType": event,
        "timestamp": to_clinic_time(desk.now, desk.timezone),
        "version": row["version"],
    }
    told = live_event("desk:updated", "empresa", desk.clinic_id, change, desk.now)
    await append_outbox(desk.connection, desk.clinic_id, [replace(told, stale=tuple(stale))])
