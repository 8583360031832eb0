"""What each role may do with what has failed: one table, asked at every request."""

from typing import Literal

Right = Literal["view", "view_payload", "replay", "bulk_replay", "edit_payload", "discard", "pause"]

_EVERYTHING: frozenset[Right] = frozenset(
    ("view", "view_payload", "replay", "bulk_replay", "edit_payload", "discard", "pause")
)
RIGHTS: dict[str, frozenset[Right]] = {
    "agent": frozenset(),
    "supervisor": frozenset(("view",)),
    "operator": _EVERYTHING,
    "admin": _EVERYTHING,
}


def may(role: str, right: Right) -> bool:
    """Whether a role has a right. One that nobody has heard of has none."""
    return right in RIGHTS.get(role, frozenset())
