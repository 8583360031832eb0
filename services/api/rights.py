"""What each role may do beyond answering patients: one table, asked at every request."""

from collections.abc import Collection
from typing import Literal

# `reassign`: hand over a conversation that is somebody else's. `merge_contacts`: say that two contacts are one person.
# `privacy`: export, hold and erase a person, say what the clinic deletes by itself. `webhooks`: say what leaves the house,
# and where to. `arrange`: change what all agents work with. `administer`: decide who may sign in, and who may send and ask
# in the clinic's name. The others are about what has failed.
Right = Literal[
    "view",
    "view_payload",
    "replay",
    "bulk_replay",
    "edit_payload",
    "discard",
    "pause",
    "reassign",
    "merge_contacts",
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
    "supervisor": frozenset(("view", "reassign", "merge_contacts", "arrange")),
    "operator": _OPERATING,
    "admin": _OPERATING | {"reassign", "merge_contacts", "privacy", "webhooks", "arrange", "administer"},
}
# What a service's scopes give beyond the endpoints they open.
SCOPE_RIGHTS: dict[str, frozenset[Right]] = {"operations:read": frozenset(("view",))}


def may(role: str, right: Right, scopes: Collection[str] = ()) -> bool:
    """Whether a role has a right, or a service by its scopes. A role that nobody has heard of has none."""
    return right in RIGHTS.get(role, frozenset()) or any(right in SCOPE_RIGHTS.get(one, ()) for one in scopes)
