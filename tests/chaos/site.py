"""What a fault is given: all that can be broken, who is there meanwhile, and where to say what went wrong."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import psycopg

from tests.chaos.ledger import Ledger
from tests.chaos.listeners import Listener
from tests.chaos.load import Webhook
from tests.chaos.servers import Servers
from tests.chaos.transcript import Place
from tests.product import Product
from tests.proxy import Proxy

SERVICES = ("webhook_receiver", "queue_worker", "api", "realtime_gateway")


@dataclass(frozen=True, slots=True)
class Site:
    """Services reach the servers by way of the proxies. `remarks` are complaints of the fault itself; what it sends
    beside the load goes into `sent` and the ledger. `agreed` is what agents saw, at its place.
    """

    servers: Servers
    proxies: Mapping[str, Proxy]
    product: Product
    database_url: str
    redis_url: str
    chance: random.Random
    ledger: Ledger
    sent: dict[str, Webhook] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    agreed: dict[Place, str] = field(default_factory=dict)

    def users(self) -> dict[int, int]:
        """An agent of each clinic. Blocks."""
        with psycopg.connect(self.database_url) as connection:
            return dict(connection.execute("SELECT clinic_id, min(id) FROM users GROUP BY clinic_id").fetchall())


Fault = Callable[[Site, float], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A fault by its name. `forgets` where Redis loses what it held, which it may; `refuses` where webhooks have to be
    refused for a while; `environment` is what services are told beside.
    """

    name: str
    what: str
    fault: Fault
    forgets: bool = False
    refuses: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
