"""What a destination's answer means. Pure. The table of them all is in `docs/webhooks-out.md`."""

from dataclasses import dataclass
from typing import Literal

# `permanent`: this delivery, never. `transient`: this one, perhaps later. `unavailable`: none to this destination now.
Undelivered = Literal["permanent", "transient", "unavailable"]

# The longest that a destination may ask us to wait.
LONGEST_WAIT_SECONDS = 3600.0
_MOST_DIGITS = 9
_GONE = 410
_FIRST_REDIRECT, _FIRST_REFUSAL, _FIRST_FAILURE = 300, 400, 500


@dataclass(frozen=True, slots=True)
class Delivered:
    """The destination took it."""

    status: int


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """It did not, or nobody knows: then it is delivered again, under the same id. It may have asked for seconds of `wait`."""

    outcome: str
    undelivered: Undelivered
    reason: str
    status: int | None = None
    wait: float = 0.0


Answer = Delivered | NotDelivered


def read_answer(status: int, retry_after: str | None) -> Answer:
    """The outcome of a call by the status of its answer. Its body says nothing to us."""
    if status in range(200, 300):
        return Delivered(status)
    answered = f"the destination answered HTTP {status}"
    if status == _GONE:
        return NotDelivered("gone", "permanent", f"{answered}: it is gone", status)
    if status in (429, 502, 503, 504):
        return NotDelivered("busy", "unavailable", answered, status, _seconds(retry_after))
    if status in (408, 425) or status >= _FIRST_FAILURE or status < _FIRST_REDIRECT:
        return NotDelivered("failed", "transient", answered, status)
    if status < _FIRST_REFUSAL:
        return NotDelivered("redirected", "permanent", f"{answered}: redirects are not followed", status)
    return NotDelivered("refused", "permanent", answered, status)


def _seconds(retry_after: str | None) -> float:
    """What Retry-After asks for in seconds; a date is not worth reading."""
    text = (retry_after or "").strip()
    plain = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return min(float(text), LONGEST_WAIT_SECONDS) if plain else 0.0
