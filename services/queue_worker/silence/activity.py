"""When each source was last heard of, by event. Kept in memory and written down every few seconds: a row that every event
updated would make all of a source's events wait for one another. What a killed worker had not written is heard of again.
"""

from dataclasses import dataclass, field
from datetime import datetime

from services.queue_worker import metrics
from shared.db.pool import Pool

SILENCES_SECONDS = (300, 1800, 7200, 86_400)
_Heard = tuple[datetime, int]


@dataclass(slots=True)
class Activity:
    """What this worker has heard and not written down yet. Bounded by sources times known events."""

    heard: dict[tuple[int, int, str], _Heard] = field(default_factory=dict)

    def note(self, clinic_id: int, source_id: int, event: str, at: datetime) -> None:
        """An event of that time was worked."""
        last, events = self.heard.get((clinic_id, source_id, event), (at, 0))
        self.heard[clinic_id, source_id, event] = max(last, at), events + 1

    def take(self) -> dict[tuple[int, int, str], _Heard]:
        """What is to be written down now; it is not kept."""
        taken, self.heard = self.heard, {}
        return taken

    def put_back(self, taken: dict[tuple[int, int, str], _Heard]) -> None:
        """It could not be written."""
        for (clinic_id, source_id, event), (at, events) in taken.items():
            last, more = self.heard.get((clinic_id, source_id, event), (at, 0))
            self.heard[clinic_id, source_id, event] = max(last, at), events + more


async def write_down(pool: Pool, activity: Activity) -> None:
    """Write what was heard."""
    taken = activity.take()
    try:
        await _store(pool, taken)
    except BaseException:
        activity.put_back(taken)
        raise


async def show_silence(pool: Pool) -> None:
    """Show of how many sources nothing was heard for how long, by any worker. A new one is silent since it was created."""
    silences = await _silences(pool)
    metrics.SOURCES_ACTIVE.set(len(silences))
    for seconds in SILENCES_SECONDS:
        metrics.SOURCES_SILENT.labels(str(seconds)).set(sum(silence > seconds for silence in silences))


async def _store(pool: Pool, heard: dict[tuple[int, int, str], _Heard]) -> None:
    if not heard:
        return
    keys = sorted(heard)
    async with pool.connection() as connection:
        await connection.execute(
            """
            INSERT INTO source_activity AS a (clinic_id, source_id, event_type, last_at, events)
            SELECT n.* FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::timestamptz[], %b::bigint[])
              AS n (clinic_id, source_id, event_type, last_at, events) JOIN sources s ON s.id = n.source_id
            ON CONFLICT (source_id, event_type) DO UPDATE
              SET last_at = greatest(a.last_at, excluded.last_at), events = a.events + excluded.events
            """,
            [
                [clinic_id for clinic_id, _, _ in keys],
                [source_id for _, source_id, _ in keys],
                [event for _, _, event in keys],
                [heard[key][0] for key in keys],
                [heard[key][1] for key in keys],
            ],
        )


async def _silences(pool: Pool) -> list[float]:
    async with pool.connection() as connection:
        cursor = await connection.execute(
            """
            SELECT extract(epoch FROM now() - coalesce(
              (SELECT max(a.last_at) FROM source_activity a WHERE a.source_id = s.id), s.created_at))::float8 AS seconds
            FROM sources s WHERE s.active
            """
        )
        return [row["seconds"] for row in await cursor.fetchall()]
