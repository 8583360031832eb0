"""The one entrance: an event as the queue holds it becomes facts."""

from collections.abc import Callable, Mapping

from services.queue_worker.facts import Fact, InboundEvent, ShapeError
from services.queue_worker.interpretation.evolution import own_fact
from services.queue_worker.interpretation.n8n import posted_fact

_READERS: Mapping[str, Callable[[InboundEvent], Fact]] = {"evolution": own_fact, "n8n": posted_fact}


def interpret(event: InboundEvent) -> tuple[Fact, ...]:
    """What an event says, at least one fact. ShapeError, naming fields but quoting none, where it is not understood."""
    reader = _READERS.get(event.source.kind)
    if reader is None:
        raise ShapeError("the source is of no known kind")
    return (reader(event),)
