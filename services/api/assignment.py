"""Whose a conversation becomes: who may say so, and against what somebody else has said meanwhile."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.api.problems import stale_assignment, user_not_found
from services.api.sessions import Speaker
from services.api.stores.people import keep_people

Step = Literal["assign", "already", "stale"]
Person = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Whose the conversation is, as the caller last saw it. None is nobody."""

    assigned_to: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """From one user to another, each None where it is nobody, by a third."""

    was: Person | None
    to: Person | None
    by: Person

    @property
    def calls(self) -> int | None:
        """Whom it is news to: whoever has the conversation now, unless they took it themselves."""
        return None if self.to is None or self.to["id"] == self.by["id"] else int(self.to["id"])

    def told(self) -> dict[str, Person | None]:
        """As clients, the timeline and the audit log see it."""
        return {"from_user": self.was, "to_user": self.to, "by": self.by}


def next_step(holder: int | None, to: int | None, by: int, expected: Expectation | None, *, any_ones: bool) -> Step:
    """What asking for it comes to. Pure.

    Who expects something must be right. Who does not may give away what is theirs or nobody's, or with the right to it
    anyone's. What is done already stays done, whatever was expected: the answer to an earlier request may have been lost.
    """
    if holder == to:
        return "already"
    if expected is not None:
        return "assign" if expected.assigned_to == holder else "stale"
    return "assign" if any_ones or holder in (None, by) else "stale"


async def move_of(
    speaker: Speaker, conversation: Mapping[str, Any], to: int | None, expected: Expectation | None
) -> Move | None:
    """What is to be done about a locked conversation, None where it is so already. Raises ProblemError (404, 409)."""
    holder = conversation["assigned_to"]
    named = {user_id for user_id in (holder, to) if user_id is not None}
    people = await keep_people(speaker.connection, speaker.clinic_id, named)
    if to is not None and (to not in people or not people[to]["active"]):
        raise user_not_found()
    was = _person(people[holder]) if holder in people else None
    match next_step(holder, to, speaker.user_id, expected, any_ones=speaker.may("reassign")):
        case "already":
            return None
        case "stale":
            raise stale_assignment(was, conversation["version"])
    by = {"id": str(speaker.user_id), "name": speaker.name}
    return Move(was, None if to is None else _person(people[to]), by)


def _person(row: Mapping[str, Any]) -> Person:
    return {"id": str(row["id"]), "name": row["name"]}
