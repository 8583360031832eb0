"""Why a file was not fetched, and what follows from it: the one place where that is decided. No I/O, no clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

FIRST_DELAY_SECONDS = 5.0
MAX_DELAY_SECONDS = 3600.0
# Of somebody who says that it does not exist: it may not exist yet.
TRIES_OF_THE_ABSENT = 6


class NotYetError(Exception):
    """Another try may succeed. `tries`: but no more than that many."""

    def __init__(self, reason: str, tries: int | None = None) -> None:
        super().__init__(reason)
        self.tries = tries


class NeverError(Exception):
    """No other try will succeed with whom was asked. `elsewhere`: somebody else may have it."""

    def __init__(self, reason: str, *, elsewhere: bool = True) -> None:
        super().__init__(reason)
        self.elsewhere = elsewhere


@dataclass(frozen=True, slots=True)
class Postpone:
    """Try again after `delay` seconds."""

    delay: float
    reason: str


@dataclass(frozen=True, slots=True)
class AskEvolution:
    """Evolution is asked next, whatever the event said of the file."""

    reason: str


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The attachment stays without its file."""

    state: Literal["failed", "expired"]
    reason: str


Decision = Postpone | AskEvolution | GiveUp


def decide(
    failure: NotYetError | NeverError, attempt: int, age: timedelta, expiry: timedelta, jitter: float, *, askable: bool
) -> Decision:
    """What follows the `attempt`-th failure (from 1) of a job of that age. `jitter` is uniform in [0.5, 1].

    `askable`: Evolution was not asked yet, and can be. No job is tried after its expiry, and none for ever.
    """
    reason = str(failure)
    exhausted = isinstance(failure, NotYetError) and failure.tries is not None and attempt >= failure.tries
    if isinstance(failure, NeverError) or exhausted:
        elsewhere = exhausted or (isinstance(failure, NeverError) and failure.elsewhere)
        return AskEvolution(reason) if askable and elsewhere else GiveUp("failed", reason)
    left = (expiry - age).total_seconds()
    if left <= 0:
        return GiveUp("expired", reason)
    return Postpone(min(left, backoff(attempt) * jitter), reason)


def backoff(attempt: int) -> float:
    """Seconds before the next attempt: they double, up to an hour."""
    return min(MAX_DELAY_SECONDS, FIRST_DELAY_SECONDS * 2.0 ** min(attempt - 1, 20))


def evolution_failure(status: int, body: Any) -> NotYetError | NeverError:
    """What Evolution's refusal means. Its 400 says everything from a lost connection to a message it never had."""
    said = " ".join(_words(body)).lower()
    if status == 400:  # noqa: PLR2004
        if "not available on" in said or "not of the media type" in said:
            return NeverError("Evolution has no file for this message")
        if "not found" in said:
            return NotYetError("Evolution does not know the message", tries=TRIES_OF_THE_ABSENT)
    return NotYetError(f"Evolution answered {status}")


def link_failure(status: int) -> NotYetError | NeverError:
    """What a link's answer other than 200 means."""
    if status in {408, 425, 429} or status >= 500:  # noqa: PLR2004
        return NotYetError(f"the link answered {status}")
    return NotYetError(f"the link answered {status}", tries=2)


def _words(value: Any, depth: int = 4) -> Iterator[str]:
    """Evolution nests its messages: a string, a list, a list of lists, an object."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _words(part, depth - 1)
