"""Turns on the lines: one is taken before a call, and how the call went is told afterwards."""

from dataclasses import dataclass

import structlog

from services.queue_worker import metrics
from services.queue_worker.claims import ClaimedMessage
from services.queue_worker.sending.line_store import Turn, note_failure, note_success, take_turn
from services.queue_worker.wakeup import Wakeup
from shared.db.pool import Connection, Pool
from shared.db.tenant import tenant_transaction

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Turns:
    """`sends_per_second`: of sources that have no rate of their own. `probe_seconds`: how long a probe may take."""

    pool: Pool
    work: Wakeup
    sends_per_second: float
    probe_seconds: float

    async def take(self, connection: Connection, clinic_id: int, source_id: int) -> Turn:
        """Take a turn, or learn how long to wait."""
        return await take_turn(connection, clinic_id, source_id, self.sends_per_second, self.probe_seconds)

    async def close(self, message: ClaimedMessage, source_id: int, reason: str) -> None:
        """Make the line rest though no call was made."""
        clinic_id = message.clinic_id or 0
        async with tenant_transaction(self.pool, clinic_id) as connection:
            turn = await take_turn(connection, clinic_id, source_id, self.sends_per_second, 0.0)
        await self.failed(message, turn, reason, of_line=True)

    async def failed(self, message: ClaimedMessage, turn: Turn, reason: str, *, of_line: bool) -> None:
        """The turn's call failed: of the line, or of something that becomes the line's fault where it goes on."""
        source_id = message.source_id or 0
        async with tenant_transaction(self.pool, message.clinic_id or 0) as connection:
            rests_now = await note_failure(connection, source_id, turn.began, reason, of_line=of_line)
        if rests_now:
            metrics.PAUSES.labels(reason).inc()
            log.warning("source_paused", source_id=source_id, reason=reason)

    async def succeeded(self, connection: Connection, source_id: int, turn: Turn | None) -> None:
        """The turn's call succeeded. None where it is known of no turn."""
        if turn is not None and await note_success(connection, source_id, turn.began):
            log.info("source_resumed", source_id=source_id)
            self.work.ring()
