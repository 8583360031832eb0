"""A worker whose outbox is out of step where a batch is of several clinics: what one is told stands in another's channel."""

from collections.abc import Sequence
from dataclasses import replace

from services.queue_worker.app import serve
from services.queue_worker.effects import apply
from services.queue_worker.settings import Settings
from shared.db.outbox import ClinicEvent, append_events
from shared.db.pool import Connection
from shared.observability.logging import configure_logging
from shared.runtime.run import run


async def append_out_of_step(connection: Connection, told: Sequence[ClinicEvent]) -> int:
    """`append_events`, of frames whose clinic and channel are the next one's, where that is of another clinic."""
    following = [*told[1:], *told[:1]]
    return await append_events(connection, [_mixed(one, other) for one, other in zip(told, following, strict=True)])


def _mixed(one: ClinicEvent, other: ClinicEvent) -> ClinicEvent:
    (clinic_id, event), (other_id, neighbour) = one, other
    return one if clinic_id == other_id else (other_id, replace(event, channel=neighbour.channel))


if __name__ == "__main__":
    configure_logging("queue_worker")
    apply.append_events = append_out_of_step  # type: ignore[attr-defined]
    run(serve(Settings()))
