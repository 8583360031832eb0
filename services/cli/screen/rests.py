"""Sources whose sends are given a rest, in words. Pure: the clock is passed in."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from services.cli.screen.times import ago, moment


def rests(sources: Iterable[Mapping[str, Any]], now: datetime) -> list[str]:
    """A line for each source that rests: why, since how many failures, and when it is tried again."""
    return [_rest(source["name"], source["sending"], now) for source in sources if source.get("sending")]


def _rest(name: str, sending: Mapping[str, Any], now: datetime) -> str:
    until = moment(sending["paused_until"]) if sending.get("paused_until") else None
    if until is None:
        again = "not tried again by itself"
    elif until > now:
        again = f"tried again {ago(sending['paused_until'], now)}"
    else:
        again = "the next message tries it"
    return f"Sends of {name} rest: {sending.get('reason') or 'no reason'}, failures {sending['failures']}; {again}."
