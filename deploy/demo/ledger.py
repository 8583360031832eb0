"""What was posted, what was promised for it, and what must therefore be there at the end."""

from dataclasses import dataclass, field
from typing import Literal

from deploy.demo.evolution.courier import Delivery


@dataclass(frozen=True, slots=True)
class Effect:
    """What an accepted webhook must have led to, once: a message or an action of a clinic, by its own reference."""

    clinic: str
    kind: Literal["message", "action"]
    reference: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One webhook that was posted."""

    effect: Effect | None
    repeated: bool
    delivery: Delivery


@dataclass(frozen=True, slots=True)
class Reply:
    """A message that the API took from an agent."""

    message_id: str
    conversation_id: str
    words: str


@dataclass(slots=True)
class Ledger:
    """The day's books. Times are of `time.perf_counter`, in seconds."""

    postings: list[Posting] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    repeated_requests: int = 0
    overtaken: int = 0
    _posted_at: dict[str, float] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def promised(self) -> set[Effect]:
        """Everything that was accepted."""
        return {posting.effect for posting in self.postings if posting.effect and posting.delivery.accepted}

    def is_posted(self, reference: str, moment: float) -> None:
        """A message is on its way to the receiver."""
        self._posted_at.setdefault(reference, moment)

    def is_on_screen(self, reference: str | None, moment: float) -> float | None:
        """A frame told of a message: how long after it was posted, the first time."""
        posted = self._posted_at.get(reference) if reference else None
        if reference is None or posted is None or moment < posted:
            return None
        del self._posted_at[reference]
        self.latencies.append(moment - posted)
        return moment - posted
