"""What each role may do beyond answering patients: one table, asked at every request."""

from typing import Literal

# `reassign`: hand over a conversation that is somebody else's. `privacy`: export, hold and erase a person, say what the
# clinic deletes by itself. `webhooks`: say what leaves the house, and where to. `arrange`: change what all agents work
# with. `administer`: decide who may sign in, and who may send and ask in the clinic's name. The others are about what has
# failed.
Right = Literal[
    "view",
    "view_payload",
    "replay",
    "bulk_replay",
    "edit_payload",
    "discard",
    "pause",
    "reassign",
    "privacy",
    "webhooks",
    "arrange",
    "administer",
]

_OPERATING: frozenset[Right] = frozenset(
    ("view", "view_payload", "replay", "bulk_replay", "edit_payload", "discard", "pause")
)
RIGHTS: dict[str, frozenset[Right]] = {
    "agent": frozenset(),
    "supervisor": frozenset(("view", "reassign", "arrange")),
    "operator": _OPERATING,
    "admin": _OPERATING | {"reassign", "privacy", "webhooks", "arrange", "administer"},
}


def may(role: str, right: Right) -> bool:
    """Whether a role has a right. One that nobody has heard of has none."""
    return right in RIGHTS.get(role, frozenset())
