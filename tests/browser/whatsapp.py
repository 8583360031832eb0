"""WhatsApp behind the product: Evolution's stand-in, which takes what agents send and reports what becomes of it at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deploy.demo.evolution.instances import demo_instances
from deploy.demo.evolution.routes import StandIn
from deploy.demo.evolution.server import HOST, serving
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class WhatsApp:
    """The telephones of the clinics' instances."""

    url: str
    stand_in: StandIn

    def report_to(self, receiver: str) -> None:
        """Have receipts posted as webhooks: the receiver's address is known once it runs."""
        for name, instance in demo_instances(receiver).items():
            self.stand_in.instances[name].webhook = instance.webhook

    def received(self, message_id: str) -> bool:
        """Whether a message, by its id there, has reached a telephone."""
        return message_id in self.stand_in.announcer.reported


@asynccontextmanager
async def whatsapp_behind() -> AsyncIterator[WhatsApp]:
    """WhatsApp, without delays, until the block ends."""
    port = free_port()
    async with serving(demo_instances("http://127.0.0.1:9"), port=port, pace=0, seed=1) as stand_in:
        yield WhatsApp(f"http://{HOST}:{port}", stand_in)
