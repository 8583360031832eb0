"""What is told where a conversation went into another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from shared.events.cached import detail_key
from shared.events.clinic_time import to_clinic_time
from shared.events.live import LiveEvent, live_event


class Moved(NamedTuple):
    """A conversation that went into another; `version` is newer than any that it had."""

    gone: int
    home: int
    version: int


def merge_events(
    moved: Sequence[Moved], versions: Mapping[int, int], clinic_id: int, zone: str, now: datetime
) -> list[LiveEvent]:
    """Who looks at a conversation that is gone is told where it went; who looks at the other, that there is more in it.

    `versions` has those of the conversations that remain.
    """
    known = {pair.gone: pair.version for pair in moved} | dict(versions)
    events: list[LiveEvent] = []
    for gone, home, last_version in moved:
        # Whichever of them is heard first, both conversations may be asked for because of it.
        stale = detail_key(gone), detail_key(home)
        ids = {"merged_from": str(gone), "merged_into": str(home)}
        for conversation, version in ((gone, last_version), (home, known.get(home))):
            data = {"conversation_id": str(conversation), **ids, "version": version}
            told = live_event("conversation:updated", "conversa", conversation, data, now)
            events.append(replace(told, stale=stale))
        entry = {
            "conversationId": str(gone),
            "clinicId": str(clinic_id),
            "eventType": "deleted",
            "timestamp": to_clinic_time(now, zone),
            "mergedInto": str(home),
            "version": last_version,
        }
        listed = live_event("conversation:list:updated", "empresa", clinic_id, entry, now)
        events.append(replace(listed, stale=stale))
    return events
