"""Attendance in Redis: one script makes changes, removes what expired, publishes the edges and reads the roster."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from redis.asyncio import Redis

from services.realtime_gateway.presence.place import Place, Timing
from services.realtime_gateway.presence.roster import Attendee, Edge, Snapshot, Status
from shared.pubsub.channels import redis_channel
from shared.pubsub.connection import publish_verb
from shared.pubsub.script import Script, ScriptCall

# What the script can be told, as attendance.lua names it.
Change = tuple[str | int, ...]

MESSAGE = b'{"presence":'


class Visit(NamedTuple):
    """What is to be told Redis about a place at one time."""

    place: Place
    changes: Sequence[Change]
    roster: bool = False

    @property
    def refreshes(self) -> bool:
        """Whether it comes round at intervals."""
        return any(change[0] == "refresh" for change in self.changes)


class Answer(NamedTuple):
    """What Redis said: the edges it made, which refreshed connections it does not know, and how users now stand."""

    told: int
    edges: list[Edge]
    missing: list[str]
    statuses: list[Status]
    reaped: int
    snapshot: Snapshot | None


class Store:
    """Attendance as Redis keeps it for every gateway."""

    def __init__(self, redis: Redis, timing: Timing) -> None:
        self._redis = redis
        self._timing = timing
        self._verb = publish_verb(redis)
        self._script = Script(Path(__file__).with_name("attendance.lua"))

    async def visit(self, visits: Sequence[Visit]) -> list[Answer]:
        """Make the visits, in order, in one round trip. Raises redis.RedisError."""
        answers = await self._script.call(self._redis, [self._call(visit) for visit in visits])
        return [_read_answer(answer, visit.roster) for answer, visit in zip(answers, visits, strict=True)]

    def _call(self, visit: Visit) -> ScriptCall:
        topic = redis_channel(*visit.place)
        keys = [f"{topic}:{what}" for what in ("connections", "users", "wishes", "clock")]
        how = self._verb, topic, self._timing.refresh_ms, self._timing.life_ms, int(visit.roster)
        return keys, [*how, *(orjson.dumps(change).decode() for change in visit.changes)]


def read_message(payload: bytes) -> list[Edge]:
    """The edges in what the script published."""
    return [_read_edge(edge) for edge in orjson.loads(payload)["presence"]]


def _read_answer(answer: Sequence[Any], roster: bool) -> Answer:
    version, told, now, age, edges, missing, statuses, reaped, users = answer
    snapshot = Snapshot(_read_users(users), int(version), int(told), int(now), int(age)) if roster else None
    return Answer(int(told), [*map(_read_edge, orjson.loads(edges))], list(missing), list(statuses), reaped, snapshot)


def _read_users(flat: Sequence[str]) -> dict[int, Attendee]:
    pairs: Iterable[tuple[str, str]] = zip(flat[::2], flat[1::2], strict=True)
    records = {int(user_id): orjson.loads(record) for user_id, record in pairs}
    return {user_id: _read_attendee(record) for user_id, record in records.items()}


def _read_edge(edge: dict[str, Any]) -> Edge:
    return Edge(int(edge["user_id"]), edge["previous"], _read_attendee(edge))


def _read_attendee(record: dict[str, Any]) -> Attendee:
    return Attendee(record["name"], record["status"], int(record["since"]), int(record["version"]), record["wish"])
