"""Who is here, who looks at which conversation and who types: what sockets and commands tell, and what they may ask.

Nothing here closes a socket or keeps one waiting: with Redis away, presence stands still until it is back.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from functools import partial

import orjson
from redis.asyncio import Redis
from redis.exceptions import RedisError

from services.realtime_gateway import metrics
from services.realtime_gateway.backoff import spread_ms
from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.connections.caller import Caller
from services.realtime_gateway.household import persist
from services.realtime_gateway.presence.keeper import Keeper, Stay
from services.realtime_gateway.presence.place import Place, Timing, clinic_place
from services.realtime_gateway.presence.room import Room, Tell
from services.realtime_gateway.presence.roster import Attendee, Edge, Status
from services.realtime_gateway.presence.store import MESSAGE, Answer, Store, Visit, read_message
from services.realtime_gateway.presence.typists import Typists
from services.realtime_gateway.presence.words import listing, named, status_frames, viewers_frame
from services.realtime_gateway.protocol.positions import Frame
from services.realtime_gateway.protocol.refusal import Refusal

# A reload, a change of networks or a restarted gateway takes less.
GRACE_MS = 15_000
VIEWER_GRACE_MS = 5_000
# Longer than a poll: if its end is told after the next one's beginning, at another gateway, nobody must seem gone meanwhile.
POLL_GRACE_MS = 35_000
BETWEEN_POLLS = "polled"
# Ends that nobody comes back from: signing out, and being sent out.
AT_ONCE = frozenset({"logout", "revoked"})
ANSWER_TIMEOUT_SECONDS = 3.0
# How long a join waits to know who else looks; later it is told as an event.
LOOK_TIMEOUT_SECONDS = 1.0


class Company:
    """Also watches the channels of clinics and conversations, where all that is told about attendance passes."""

    def __init__(self, redis: Redis, timing: Timing) -> None:
        self._timing = timing
        self._keeper = Keeper(Store(redis, timing), timing, self._answered, self._wished)
        self._typists = Typists(redis)
        self._rooms: dict[int, dict[str, Room]] = {}
        self._visited: dict[str, set[Place]] = {}
        self._tells: dict[str, Tell] = {"presence": self._tell_statuses, "conversa": self._tell_viewers}

    @asynccontextmanager
    async def attended(self, tasks: asyncio.TaskGroup, cleanup_interval_ms: int) -> AsyncIterator[None]:
        """Keep attendance during the block; after it, tell Redis who is on the move."""
        keeper = self._keeper
        clean_up = partial(keeper.clean_up, cleanup_interval_ms)
        loops = (keeper.run, keeper.refresh, clean_up, keeper.end_graces)
        for loop in (*loops, self._typists.run, self._typists.end_overdue):
            tasks.create_task(persist(loop))
        try:
            yield
        finally:
            await keeper.flush()

    def measure(self, _now: float) -> None:
        """Tell how many users can be seen from here."""
        rooms = (room for rooms in self._rooms.values() for room in rooms.values() if room.place.kind == "presence")
        metrics.PRESENCE_USERS.set(sum(room.roster.seen for room in rooms))

    # What sockets tell

    def arrived(self, caller: Caller) -> None:
        """A client has connected."""
        self._enter(caller, clinic_place(caller.claims.clinic_id))

    def left(self, caller: Caller, why: str) -> None:
        """It is gone; unless its user meant it, they have time to come back unnoticed."""
        if why != BETWEEN_POLLS:
            self._typists.left(caller)
        for place in self._visited.pop(caller.id, ()):
            self._keeper.leave(place, _member(caller), _grace_ms(place, why))

    # What commands tell and ask

    def joined(self, caller: Caller, channel: Channel) -> None:
        """It has a conversation open."""
        place = Place(channel.clinic_id, channel.name)
        if caller.id in self._visited and place.kind == "conversa":
            self._enter(caller, place)

    def closed_conversation(self, caller: Caller, channel: Channel) -> None:
        """It has the conversation open no longer."""
        place = Place(channel.clinic_id, channel.name)
        self._typists.stop(caller, place)
        self._visited.get(caller.id, set()).discard(place)
        self._keeper.leave(place, _member(caller), 0)

    async def set_status(self, caller: Caller, status: Status) -> bytes:
        """Let a user be seen so; returns the reply's data. Raises Refusal."""
        place = clinic_place(caller.claims.clinic_id)
        stay = self._keeper.find(place, _member(caller)) or _stay(caller)
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
                seen = await self._keeper.wish(place, stay, status)
        except (RedisError, TimeoutError):
            raise _unavailable() from None
        return orjson.dumps({"status": seen})

    async def present(self, caller: Caller) -> bytes:
        """Who of the clinic is present; returns the reply's data. Raises Refusal."""
        room = self._room(clinic_place(caller.claims.clinic_id))
        if room is None:
            raise _unavailable()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_SECONDS):
                await room.known()
        except TimeoutError:
            raise _unavailable() from None
        return listing(room.roster, stale=room.channel.certain is None)

    async def look(self, channel: Channel) -> None:
        """Wait a moment until it is known who has the conversation open; the caller holds a reservation."""
        if room := self._room(Place(channel.clinic_id, channel.name)):
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_TIMEOUT_SECONDS):
                    await room.known()

    def viewers(self, channel: Channel) -> list[dict[str, str]]:
        """Who has a conversation open, as far as they want to be seen."""
        room = self._room(Place(channel.clinic_id, channel.name))
        return named(self._seen(room)) if room else []

    @property
    def typists(self) -> Typists:
        """Who types."""
        return self._typists

    # What the hub tells: this is its watcher

    def opened(self, channel: Channel) -> None:
        """The channel is followed from now on."""
        if tell := self._tells.get(channel.name.partition(":")[0]):
            rooms = self._rooms.setdefault(channel.clinic_id, {})
            rooms[channel.name] = Room(channel, self._timing, tell, self._keeper.look)

    def closed(self, channel: Channel) -> None:
        """It is followed no longer."""
        rooms = self._rooms.get(channel.clinic_id, {})
        if room := rooms.pop(channel.name, None):
            room.close()
        if not rooms:
            self._rooms.pop(channel.clinic_id, None)

    def levelled(self, channel: Channel) -> None:
        """Nothing is missed from now on; what was missed before is looked up."""
        if room := self._room(Place(channel.clinic_id, channel.name)):
            self._keeper.look(room.place)

    def reset(self, channel: Channel) -> None:
        """Who attends is looked up with every levelling."""

    def whispered(self, channel: Channel, frame: Frame) -> bool:
        """Take what is told about attendance; whether the event is for clients as it is."""
        if not frame.payload.startswith(MESSAGE):
            return True
        if room := self._room(Place(channel.clinic_id, channel.name)):
            edges = read_message(frame.payload)
            self._take(room, edges)
            room.roster.forget(max((edge.attendee.version for edge in edges), default=0))
        return False

    def passed(self, channel: Channel, frame: Frame) -> None:
        """A numbered event went to the channel's clients."""
        if self._typists.anybody:
            self._typists.passed(Place(channel.clinic_id, channel.name), frame)

    # Attendance

    def _room(self, place: Place) -> Room | None:
        return self._rooms.get(place.clinic_id, {}).get(place.channel)

    def _enter(self, caller: Caller, place: Place) -> None:
        self._visited.setdefault(caller.id, set()).add(place)
        self._keeper.enter(place, _stay(caller))

    def _answered(self, visit: Visit, answer: Answer) -> None:
        place, room = visit.place, self._room(visit.place)
        if place.kind == "presence":
            for edge in _seen_changes(answer.edges):
                metrics.PRESENCE_TRANSITIONS.labels(edge.attendee.status).inc()
        self._keeper.say_again(place, answer.missing)
        if room is None:
            return
        self._take(room, answer.edges)
        if answer.snapshot:
            self._retell_hidden(room, room.adopt(answer.snapshot))
        elif visit.refreshes and answer.told != room.roster.told:
            self._keeper.look(place)  # something was told and not heard here, or is just being heard

    def _wished(self, place: Place, user_id: int) -> str:
        room = self._room(place)
        attendee = room.roster.find(user_id) if room else None
        return attendee.wish if attendee else ""

    def _take(self, room: Room, edges: Iterable[Edge]) -> None:
        self._retell_hidden(room, room.take(edges))

    def _seen(self, room: Room) -> dict[int, Attendee]:
        clinic = clinic_place(room.place.clinic_id)
        present = room.roster.present().items()
        return {user_id: one for user_id, one in present if self._wished(clinic, user_id) != "offline"}

    def _retell_hidden(self, room: Room, news: list[Edge]) -> None:
        """Who begins or ceases to hide does so in the conversations they look at, too."""
        if room.place.kind != "presence":
            return
        for edge in news:
            if "offline" in (edge.previous, edge.attendee.status):
                for other in self._rooms.get(room.place.clinic_id, {}).values():
                    if other is not room and other.roster.find(edge.user_id):
                        other.retell([edge])

    def _tell_statuses(self, place: Place, edges: list[Edge]) -> Iterable[bytes]:
        return status_frames(place.clinic_id, _seen_changes(edges))

    def _tell_viewers(self, place: Place, _edges: list[Edge]) -> Iterable[bytes]:
        room = self._room(place)
        return [viewers_frame(place.channel.partition(":")[2], named(self._seen(room)))] if room else []


def _seen_changes(edges: Iterable[Edge]) -> list[Edge]:
    return [edge for edge in edges if edge.previous != edge.attendee.status]


def _grace_ms(place: Place, why: str) -> int:
    if why in AT_ONCE:
        return 0
    if why == BETWEEN_POLLS:
        return POLL_GRACE_MS
    return GRACE_MS if place.kind == "presence" else VIEWER_GRACE_MS


def _stay(caller: Caller) -> Stay:
    return Stay(caller.claims.user_id, caller.id, caller.claims.name)


def _member(caller: Caller) -> str:
    return _stay(caller).member


def _unavailable() -> Refusal:
    return Refusal("unavailable", "presence is not available now", retry_ms=spread_ms(1000, 3000))
