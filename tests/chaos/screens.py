"""What agents know in the end, against what is stored and what the channels' histories hold."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import orjson
import psycopg
from psycopg.rows import DictRow
from redis import Redis

from tests.chaos.transcript import Place, Transcript, event_name

MOST_OF_ONE = 5


class Stored(NamedTuple):
    """What screens have to equal. `conversations` has whose each is and its version, by id."""

    messages: Sequence[DictRow]
    conversations: Mapping[str, tuple[int, int]]
    history: Mapping[Place, str]


def histories(redis: Redis) -> dict[Place, str]:
    """What Redis keeps of every channel, at its place."""
    places: dict[Place, str] = {}
    for key in redis.scan_iter(match="*:history"):
        _, clinic_id, channel = key.removesuffix("}:history").split(":", 2)
        entries: Any = redis.xrange(key)
        for _, fields in entries:
            event = orjson.loads(fields["f"])
            places[Place(int(clinic_id), channel, event["epoch"], event["seq"])] = event_name(event)
    return places


def list_versions(database: psycopg.Connection[DictRow]) -> dict[str, tuple[int, int]]:
    """Whose each conversation is, and the version of its entry in the list."""
    rows = database.execute("SELECT id, clinic_id, version FROM conversations").fetchall()
    return {str(row["id"]): (row["clinic_id"], row["version"]) for row in rows}


def unlike_stored(
    transcripts: Sequence[Transcript], messages: Sequence[DictRow], conversations: Mapping[str, tuple[int, int]]
) -> Iterator[str]:
    """What agents do not know, or know otherwise."""
    stored: dict[str, list[DictRow]] = {}
    for row in messages:
        stored.setdefault(str(row["conversation_id"]), []).append(row)
    for transcript in transcripts:
        yield from transcript.complaints
        yield from (f"{transcript.agent}: {channel} was not fetched" for channel in transcript.stale)
        for channel in transcript.rooms:
            kind, _, name = channel.partition(":")
            if kind == "conversa":
                yield from islice(_unlike_room(transcript, name, stored.get(name, [])), MOST_OF_ONE)
            elif kind == "empresa":
                yield from islice(_unlike_list(transcript, conversations), MOST_OF_ONE)


def _unlike_room(transcript: Transcript, conversation: str, stored: Sequence[DictRow]) -> Iterator[str]:
    known = transcript.messages.get(conversation, {})
    for row in stored:
        shown = known.get(str(row["id"]))
        now = (row["version"], row["content"], row["delivery_status"])
        if shown is None:
            if not row["quiet"]:  # what came as history is shown when it is fetched
                yield f"{transcript.agent} does not know of message {row['id']}"
        elif (shown.version, shown.content, shown.status) != now:
            yield f"{transcript.agent} knows message {row['id']} as {shown}, but it is {now}"
    ids = {str(row["id"]) for row in stored}
    gone = [message for message, shown in known.items() if message not in ids and not shown.deleted]
    yield from (f"{transcript.agent} knows of message {message}, which is not stored" for message in gone)


def _unlike_list(transcript: Transcript, conversations: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    own = {name: version for name, (clinic_id, version) in conversations.items() if clinic_id == transcript.clinic.id}
    for name in own.keys() | transcript.entries.keys():
        if transcript.entries.get(name) != own.get(name):
            known = transcript.entries.get(name)
            yield f"{transcript.agent} knows version {known} of conversation {name}, but it is {own.get(name)}"


def misplaced(stored: Stored) -> Iterator[str]:
    """Events that stand in another clinic's history than what they tell of, whether or not anybody listens there."""
    messages = {str(row["id"]): row["clinic_id"] for row in stored.messages}
    conversations = {name: clinic_id for name, (clinic_id, _) in stored.conversations.items()}
    for place, name in stored.history.items():
        kind, thing, _ = name.split(" ")
        owner = (messages if kind.startswith("message:") else conversations).get(thing, place.clinic_id)
        if owner != place.clinic_id:
            yield f"{name!r} of clinic {owner} stands at {place}"


def disagreements(agreed: Mapping[Place, str], kept: Mapping[Place, str]) -> Iterator[str]:
    """Places at which the history in Redis has another event than agents saw."""
    for place in agreed.keys() & kept.keys():
        if agreed[place] != kept[place]:
            yield f"agents saw {agreed[place]!r} at {place}, where {kept[place]!r} stands"
