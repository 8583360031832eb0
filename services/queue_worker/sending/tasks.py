"""What the senders hand one another: an order, found in the queue and looked up in the database."""

from dataclasses import dataclass

from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.sending.orders import Order
from services.queue_worker.sending.outgoing import Outgoing
from services.queue_worker.sending.way_out import Way


@dataclass(frozen=True, slots=True)
class Task:
    """A claimed order with what belongs to it."""

    row: ClaimedMessage
    order: Order
    outgoing: Outgoing
    way: Way

    @property
    def clinic_id(self) -> int:
        return self.row.clinic_id or 0

    @property
    def source_id(self) -> int:
        return self.row.source_id or 0

    @property
    def zone(self) -> str:
        return self.row.timezone or "UTC"
