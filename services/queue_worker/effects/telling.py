"""What agents of each clinic are told of a batch's effects, each in their clinic's own time."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.queue_worker.effects.conversations import Summary
from services.queue_worker.effects.live import action_events, list_events, message_events, notifications
from services.queue_worker.effects.messages import Row
from shared.db.outbox import ClinicEvent


@dataclass(frozen=True, slots=True)
class Told:
    """What agents are told: events, and conversations whose list entry is another now."""

    events: Sequence[ClinicEvent] = ()
    summaries: Sequence[Summary] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """Makes events of rows of the clinics whose time zones these are."""

    zones: Mapping[int, str]
    now: datetime

    def of_messages(self, rows: Iterable[Row], files: Mapping[int, Sequence[Row]]) -> list[ClinicEvent]:
        """As of `message_events`, the oldest first."""
        return [
            (row["clinic_id"], event)
            for row in sorted(rows, key=_position)
            for event in message_events([row], files, self.zones[row["clinic_id"]], self.now)
        ]

    def of_news(self, rows: Iterable[Row], summaries: Iterable[Summary]) -> list[ClinicEvent]:
        """As of `notifications`."""
        entries = {summary.id: summary for summary in summaries}
        return [
            (row["clinic_id"], event)
            for row in sorted(rows, key=_position)
            if (entry := entries.get(row["conversation_id"])) is not None
            for event in notifications([row], [entry], self.zones[row["clinic_id"]], self.now)
        ]

    def of_lists(self, summaries: Iterable[Summary], opened: Set[int]) -> list[ClinicEvent]:
        """As of `list_events`."""
        return [
            (one.clinic_id, event)
            for one in summaries
            for event in list_events([one], opened, one.clinic_id, self.zones[one.clinic_id], self.now)
        ]

    def of_actions(self, rows: Iterable[Mapping[str, Any]], summaries: Iterable[Summary]) -> list[ClinicEvent]:
        """As of `action_events`."""
        versions = {summary.id: summary.version for summary in summaries}
        return [
            (row["clinic_id"], event)
            for row in rows
            for event in action_events([row], versions, self.zones[row["clinic_id"]], self.now)
        ]


def _position(row: Row) -> tuple[datetime, int]:
    return row["timestamp"], row["id"]
