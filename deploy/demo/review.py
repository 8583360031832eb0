"""What a clinic's API shows of the day."""

from collections import Counter
from typing import Any

from deploy.demo.desk import Desk
from deploy.demo.ledger import Effect
from deploy.demo.performance import action_reference

Json = dict[str, Any]


class Review:
    """The conversations that were active last, as one desk sees them; only those that changed are fetched again."""

    def __init__(self, desk: Desk, clinic: str) -> None:
        self._desk = desk
        self._clinic = clinic
        self._details: dict[str, Json] = {}

    async def refresh(self) -> None:
        """Bring the details up to what the list says. Raises Problem."""
        for conversation in await self._desk.conversations():
            known = self._details.get(conversation["id"])
            if known is None or known["conversation"]["version"] < conversation["version"]:
                self._details[conversation["id"]] = await self._desk.detail(conversation["id"])

    @property
    def conversation_ids(self) -> list[str]:
        """The conversations, those active last first."""
        return list(self._details)

    @property
    def messages(self) -> list[Json]:
        """All messages of them."""
        return [message for detail in self._details.values() for message in detail["messages"]]

    @property
    def effects(self) -> Counter[Effect]:
        """How often each effect is there."""
        spoken = [Effect(self._clinic, "message", str(message["external_id"])) for message in self.messages]
        actions = [action for detail in self._details.values() for action in detail["actions"]]
        return Counter([*spoken, *(Effect(self._clinic, "action", action_reference(action)) for action in actions)])
