"""A worker whose relay publishes a whole batch under its first clinic: in histories of channels that nobody there joins."""

from dataclasses import replace

from services.queue_worker import relay
from services.queue_worker.app import serve
from services.queue_worker.settings import Settings
from shared.observability.logging import configure_logging
from shared.pubsub.history import OutboxEntry
from shared.runtime.run import run

publish = relay.Relay._publish


async def publish_as_the_first(self: relay.Relay, entries: list[OutboxEntry]) -> None:
    """`Relay._publish`, of one clinic."""
    await publish(self, [replace(entry, clinic_id=entries[0].clinic_id) for entry in entries])


if __name__ == "__main__":
    configure_logging("queue_worker")
    relay.Relay._publish = publish_as_the_first  # type: ignore[method-assign]
    run(serve(Settings()))
