"""What a message shows after everything that happened to it. Pure, and the same in whichever order that became known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from services.queue_worker.facts import ChangeKind, DeliveryStatus

Row = Mapping[str, Any]

# Statuses only climb, and `failed` is left by nothing but an explicit retry: it is above all that is reported.
CLIMB: tuple[DeliveryStatus, ...] = ("pending", "sent", "delivered", "read", "played", "failed")
_WHO = {"me": "professional", "them": "patient"}


@dataclass(frozen=True, slots=True)
class Change:
    """A row of `message_changes`. Without `dated` its time is ours and loses against one that the event had itself."""

    kind: ChangeKind
    slot: str
    at: datetime
    dated: bool
    value: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of a message that changes may change."""

    content: str
    original_content: str | None
    edited_at: datetime | None
    deleted_at: datetime | None
    reactions: Sequence[Mapping[str, Any]]
    votes: Sequence[Mapping[str, Any]]


def status_rank(status: DeliveryStatus) -> int:
    """How far a status has climbed."""
    return CLIMB.index(status)


def shown_before(message: Row) -> Shown:
    """What a row of `messages` shows now."""
    return Shown(
        message["content"],
        message["original_content"],
        message["edited_at"],
        message["deleted_at"],
        message["reactions"],
        message["metadata"].get("votes", []),
    )


def shown_after(message: Row, changes: Iterable[Change]) -> Shown:
    """What the message shows with all of its changes, of which `changes` are all that are known."""
    by_kind: dict[str, list[Change]] = {}
    for change in sorted(changes, key=_order):
        by_kind.setdefault(change.kind, []).append(change)
    before = shown_before(message)
    content, original, edited_at = before.content, before.original_content, before.edited_at
    if edits := by_kind.get("edit"):
        original = content if original is None else original
        content, edited_at = edits[-1].value or "", edits[-1].at
    deletions = [change.at for change in by_kind.get("delete", ())]
    return Shown(
        content=content,
        original_content=original,
        edited_at=edited_at,
        deleted_at=min(deletions) if deletions else before.deleted_at,
        reactions=[_reaction(change) for change in by_kind.get("reaction", ()) if change.value],
        votes=[_vote(change) for change in by_kind.get("vote", ()) if change.data.get("options")],
    )


def newer(first: Change, second: Change) -> Change:
    """Which of two changes of one slot counts: the later, but of two deletions the earlier."""
    if first.kind == "delete":
        return min(first, second, key=_order)
    return max(first, second, key=_order)


def _order(change: Change) -> tuple[bool, datetime, str, str]:
    return change.dated, change.at, change.value or "", change.slot


def _reaction(change: Change) -> dict[str, Any]:
    return {"emoji": change.value, "by": _who(change.slot), "at": change.at.astimezone(UTC).isoformat()}


def _vote(change: Change) -> dict[str, Any]:
    return {"by": _who(change.slot), "options": list(change.data["options"])}


def _who(slot: str) -> str:
    return _WHO.get(slot, slot)
