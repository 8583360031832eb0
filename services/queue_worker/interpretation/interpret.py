"""The one entrance: an event as the queue holds it becomes facts."""

from collections.abc import Callable, Mapping

from services.queue_worker.facts import Fact, InboundEvent, ShapeError
from services.queue_worker.interpretation import ignoring
from services.queue_worker.interpretation.event_names import event_name
from services.queue_worker.interpretation.evolution import SECRET, own_facts
from services.queue_worker.interpretation.n8n import posted_facts

_READERS: Mapping[str, Callable[[InboundEvent], tuple[Fact, ...]]] = {"evolution": own_facts, "n8n": posted_facts}


def interpret(event: InboundEvent) -> tuple[Fact, ...]:
    """What an event says, at least one fact. ShapeError, naming fields but quoting none, where it is not understood."""
    reader = _READERS.get(event.source.kind)
    if reader is None:
        raise ShapeError("the source is of no known kind")
    try:
        return reader(event)
    except ShapeError:
        if event_name(event.payload) in SECRET:
            # A dead letter is kept, and read by people.
            return (ignoring.UNREADABLE_SECRET,)
        raise
