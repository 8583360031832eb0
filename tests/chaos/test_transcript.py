"""What is read from the log of an agent's socket, and what of it is a complaint."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.clinics import DEMO, OUTRA
from tests.chaos.journal import Journal
from tests.chaos.screens import Stored, disagreements, misplaced, unlike_stored
from tests.chaos.transcript import Entry, Place, Transcript

ROOM = "conversa:7"


def message(version: int = 1, content: str = "oi @demo", **fields: Any) -> dict[str, Any]:
    told = {"id": "70", "conversation_id": "7", "version": version, "content": content, "status": "sent"}
    return {**told, "deleted_at": None, **fields}


def event(seq: int, kind: str = "message:updated", epoch: str = "e", **data: Any) -> dict[str, Any]:
    return {"type": kind, "channel": ROOM, "seq": seq, "epoch": epoch, "data": message(**data)}


def joined(seq: int, *events: dict[str, Any], recovered: bool = True, epoch: str = "e") -> list[Entry]:
    data = {"seq": seq, "epoch": epoch, "recovered": recovered, "events": list(events)}
    return [{"asked": ROOM}, {"joined": ROOM, "data": data}]


FRESH = [*joined(4, recovered=False), {"fetched": ROOM, "lapse": 1, "shown": [message()]}]
STORED: dict[str, Any] = {"id": 70, "conversation_id": 7, "version": 1, "content": "oi @demo", "quiet": False}
STORED |= {"delivery_status": "sent"}


def read(*entries: Entry, agreed: dict[Place, str] | None = None) -> Transcript:
    transcript = Transcript(DEMO, "ana", {} if agreed is None else agreed)
    for entry in [*FRESH, *entries]:
        transcript.take(entry)
    return transcript


@pytest.mark.parametrize(
    ("entries", "complaint"),
    [
        ([{"frame": event(5, version=2)}], None),
        ([{"frame": event(6)}], "gap: 6 after 4"),
        ([{"frame": event(4)}], "repeated: 4 after 4"),
        ([{"frame": event(5, epoch="f")}], "without a reset"),
        ([{"frame": event(5, "message:new")}, {"frame": event(6, "message:new")}], "was new twice"),
        (joined(6, event(5), event(6)), None),
        (joined(6, event(5)), "the replay ended at"),
        (joined(6, event(6), recovered=False), "a partial replay"),
        ([{"asked": ROOM}, {"frame": event(5)}, *joined(5, event(5))[1:]], None),
    ],
)
def test_a_broken_promise_is_a_complaint(entries: list[Entry], complaint: str | None) -> None:
    """Gaps, repetitions, epochs without a reset, replays that are not whole; and nothing else is one."""
    complaints = read(*entries).complaints
    assert [complaint is not None and complaint in found for found in complaints] == [True] * bool(complaint), (
        complaints
    )


def test_a_reset_of_what_nobody_fetches_only_says_where_it_stands() -> None:
    """The personal channel, and who is there."""
    places = [{"channel": channel, "seq": 9, "epoch": "f"} for channel in ("atendente:2", "presence:1")]
    transcript = read(*({"frame": {"type": "reset", "data": place}} for place in places))
    assert transcript.stale == []


def test_what_a_reset_says_is_fetched_before_the_screen_counts_as_known() -> None:
    """A channel that lapsed again while it was fetched is fetched once more."""
    reset = {"frame": {"type": "reset", "data": {"channel": ROOM, "seq": 9, "epoch": "f"}}}
    transcript = read(reset, reset, {"fetched": ROOM, "lapse": 2, "shown": []})
    assert transcript.stale == [ROOM]
    assert list(unlike_stored([transcript], [STORED], {})) == [f"ana: {ROOM} was not fetched"]
    transcript.take({"fetched": ROOM, "lapse": 3, "shown": [message(3)]})
    assert transcript.settled


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ([STORED], None),
        ([STORED | {"version": 2}], "but it is (2,"),
        ([STORED | {"content": "outra coisa"}], "'outra coisa'"),
        ([STORED, STORED | {"id": 71}], "does not know of message 71"),
        ([STORED, STORED | {"id": 71, "quiet": True}], None),
        ([], "which is not stored"),
    ],
)
def test_a_screen_that_is_not_what_is_stored_is_found(stored: list[dict[str, Any]], told: str | None) -> None:
    """Whether it lacks something, shows an older version, or shows what there is not."""
    found = list(unlike_stored([read()], stored, {}))
    assert [told is not None and told in one for one in found] == [True] * bool(told), found


def test_two_that_saw_different_events_at_one_place_are_found() -> None:
    """Also where one of the two is the history in Redis."""
    agreed: dict[Place, str] = {}
    assert read({"frame": event(5, version=2)}, agreed=agreed).complaints == []
    assert read({"frame": event(5, version=2)}, agreed=agreed).complaints == []
    assert len(read({"frame": event(5, version=3)}, agreed=agreed).complaints) == 1
    assert list(disagreements(agreed, agreed)) == []
    assert len(list(disagreements(agreed, {Place(1, ROOM, "e", 5): "message:new 71 1"}))) == 1


def test_an_event_in_another_clinics_history_is_found() -> None:
    """Messages and entries of lists; what is of nobody any more, and what names no thing, is not."""
    own, other = Place(1, ROOM, "e", 5), Place(2, ROOM, "e", 5)
    names = ("message:new 70 1", "conversation:list:updated 7 1", "message:updated 71 1", "source:state  9")
    for place, found in ((own, [False] * 4), (other, [True, True, False, False])):
        kept = [Stored([STORED | {"clinic_id": 1}], {"7": (1, 1)}, {place: name}) for name in names]
        assert [bool(list(misplaced(stored))) for stored in kept] == found


def test_another_clinics_words_on_a_socket_are_counted(tmp_path: Path) -> None:
    """Each frame once, and they are in the log as they came."""
    journal = Journal(tmp_path / "log", DEMO, "ana", {})
    for content in ("oi @demo", f"oi {OUTRA.mark}"):
        journal.write({"frame": event(5, content=content)})
    journal.flush()
    assert journal.foreign == 1
    assert len((tmp_path / "log").read_bytes().splitlines()) == 2
