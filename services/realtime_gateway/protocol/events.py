"""Every live event that clients may receive: what services publish, and what the gateway finds out itself."""

from functools import reduce
from operator import or_
from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.realtime_gateway.protocol import presences
from shared.events.kinds import PUBLISHED, Kind, frame_model
from shared.events.live import Target

KINDS: tuple[Kind, ...] = (*PUBLISHED, *presences.KINDS)
EVENTS: dict[str, type[BaseModel]] = {kind.name: frame_model(kind) for kind in KINDS}


def durable_events(target: Target) -> Any:
    """The type of a numbered event on such a channel: what a resume replays."""
    models: list[Any] = [EVENTS[kind.name] for kind in KINDS if kind.durable and target in kind.targets]
    return Annotated[reduce(or_, models), Field(discriminator="type")]
