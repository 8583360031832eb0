"""Which agents type, as clients here say. Who falls silent has stopped, and so has who sent the message."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway.cancellation import cancelled
from services.realtime_gateway.connections.caller import Caller
from services.realtime_gateway.connections.deadlines import Deadlines
from services.realtime_gateway.presence.place import Place
from services.realtime_gateway.protocol.positions import Frame
from shared.events.live import LiveEvent, live_event, originated_frame
from shared.pubsub.history import OutboxEntry
from shared.pubsub.typing import TYPING_EVENT, TYPING_SECONDS, announce_typing, typing_now

log = structlog.get_logger(__name__)

# Renewals come every 3 s; who sends them faster is not passed on faster.
RENEWAL_SECONDS = 2.0
CHECK_SECONDS = 0.25
EVENTS_PER_ROUND_TRIP = 256
# Beyond this many untold Redis is away, and what they say will not be true when it is back.
MOST_UNTOLD = 4096
_MESSAGE = b'"type":"message:new"'


@dataclass(slots=True, eq=False)
class _Typist:
    caller: Caller
    place: Place
    told_at: float
    due: int  # in CHECK_SECONDS


class Typists:
    """Tells of typing what clients say, in order, and ends it in time."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._loop = asyncio.get_running_loop()
        self._typing: dict[Place, dict[str, _Typist]] = {}
        self._due: Deadlines[_Typist] = Deadlines()
        self._untold: deque[OutboxEntry] = deque(maxlen=MOST_UNTOLD)
        self._woken = asyncio.Event()

    async def now(self, clinic_id: int, channel: str) -> list[dict[str, Any]]:
        """Who types in a conversation, on any gateway or in WhatsApp; nobody, where that cannot be told."""
        try:
            return await typing_now(self._redis, clinic_id, channel)
        except RedisError:
            return []

    def start(self, caller: Caller, place: Place) -> None:
        """A client says that its user types, again or for the first time."""
        now = self._loop.time()
        typist = self._typing.setdefault(place, {}).get(caller.id)
        if typist is None:
            typist = self._typing[place][caller.id] = _Typist(caller, place, -RENEWAL_SECONDS, 0)
        self._due.discard(typist, typist.due)
        typist.due = int((now + TYPING_SECONDS) / CHECK_SECONDS) + 1
        self._due.add(typist, typist.due)
        if now - typist.told_at >= RENEWAL_SECONDS:
            typist.told_at = now
            self._tell(typist, typing=True)

    def stop(self, caller: Caller, place: Place) -> None:
        """It says that they do so no longer."""
        if typist := self._typing.get(place, {}).get(caller.id):
            self._end(typist)

    def left(self, caller: Caller) -> None:
        """The client is gone."""
        for typists in list(self._typing.values()):
            if typist := typists.get(caller.id):
                self._end(typist)

    @property
    def anybody(self) -> bool:
        """Whether anybody types here."""
        return bool(self._typing)

    def passed(self, place: Place, frame: Frame) -> None:
        """A message that appears in the conversation ends the typing of who wrote it."""
        typists = self._typing.get(place)
        if not typists or _MESSAGE not in frame.payload:
            return
        sender = orjson.loads(frame.payload)["data"].get("sender_user_id")
        for typist in [typist for typist in typists.values() if str(typist.caller.claims.user_id) == sender]:
            self._end(typist)

    async def end_overdue(self) -> None:
        """End, until cancelled, the typing of those who fell silent."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            for typist in self._due.take_due(self._loop.time() / CHECK_SECONDS):
                self._end(typist)

    async def run(self) -> None:
        """Tell Redis, until cancelled. What cannot be told now is not told later."""
        while not cancelled():
            await self._woken.wait()
            self._woken.clear()
            while self._untold and not cancelled():
                some = [self._untold.popleft() for _ in range(min(len(self._untold), EVENTS_PER_ROUND_TRIP))]
                try:
                    await announce_typing(self._redis, some)
                except RedisError as error:
                    log.warning("typing_not_told", events=len(some), error=str(error))

    def _end(self, typist: _Typist) -> None:
        typists = self._typing.get(typist.place, {})
        typists.pop(typist.caller.id, None)
        if not typists:
            self._typing.pop(typist.place, None)
        self._due.discard(typist, typist.due)
        self._tell(typist, typing=False)

    def _tell(self, typist: _Typist, *, typing: bool) -> None:
        event = _event(typist.caller, typist.place, typing=typing)
        self._untold.append(OutboxEntry(0, typist.place.clinic_id, event))
        self._woken.set()


def _event(caller: Caller, place: Place, *, typing: bool) -> LiveEvent:
    conversation_id = place.channel.partition(":")[2]
    user = {"id": str(caller.claims.user_id), "name": caller.claims.name, "kind": "agent"}
    data = {"conversation_id": conversation_id, "user": user, "typing": typing, "state": _STATES[typing]}
    event = live_event(TYPING_EVENT, "conversa", conversation_id, data, datetime.now(UTC), ephemeral=True)
    return LiveEvent(event.channel, originated_frame(event.frame, caller.id), ephemeral=True)


_STATES = {True: "composing", False: "paused"}
