"""Attendance in Redis beside a simple model of it: what is seen follows from the connections that are there, always."""

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis.asyncio import Redis

from services.realtime_gateway.presence.place import Timing, clinic_place
from services.realtime_gateway.presence.roster import Edge, Roster, Snapshot
from services.realtime_gateway.presence.store import Answer, Change, Store, Visit, read_message
from shared.pubsub.channels import redis_channel

REFRESH, LIFE, GRACE = 25_000, 60_000, 15_000
PLACE = clinic_place(1)
TOPIC = redis_channel(*PLACE)
USERS = st.sampled_from([1, 2])
GATEWAYS = st.sampled_from(["a", "b"])
STATUSES = st.sampled_from(["online", "away", "busy", "offline"])


async def pass_time(redis: Redis, milliseconds: int) -> None:
    """Let everything that Redis knows have happened earlier."""
    connections: Any = await redis.zrange(f"{TOPIC}:connections", 0, -1, withscores=True)
    for member, expiry in connections:
        await redis.zadd(f"{TOPIC}:connections", {member: expiry - milliseconds})
    for name in ("beat", "born"):
        if then := await redis.hget(f"{TOPIC}:clock", name):
            await redis.hset(f"{TOPIC}:clock", name, str(int(then) - milliseconds))


@dataclass
class Tab:
    """A connection in the model. `left_ms` is what it has still to live."""

    user: int
    gateway: str
    activity: str = "online"
    left_ms: int = LIFE
    held: bool = True


class Model:
    """What should be seen, said as simply as it can be."""

    def __init__(self) -> None:
        self.tabs: dict[str, Tab] = {}
        self.wishes: dict[int, str] = {}
        self.silence = 0

    def visited(self) -> None:
        """Somebody spoke: silence longer than anybody keeps does not count; then what has no time left is gone."""
        if self.silence > REFRESH * 1.25:
            for tab in self.tabs.values():
                tab.left_ms += self.silence
        self.silence = 0

    def reaped(self) -> None:
        self.tabs = {name: tab for name, tab in self.tabs.items() if tab.left_ms > 0}

    def seen(self) -> dict[int, str]:
        seen = {}
        for user in {tab.user for tab in self.tabs.values()}:
            activities = {tab.activity for tab in self.tabs.values() if tab.user == user}
            seen[user] = self.wishes.get(user) or ("online" if "online" in activities else "away")
        return {user: status for user, status in seen.items() if status != "offline"}


class Attendance(RuleBasedStateMachine):
    """Two gateways whose tabs come, go, change and expire; one may fall silent, Redis may be emptied."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.redis = Redis.from_url(self.url, decode_responses=True)
        self.await_(self.redis.flushall())
        self.ear = self.redis.pubsub()
        self.await_(self.ear.subscribe(TOPIC))
        self.store = Store(self.redis, Timing(REFRESH))
        self.model, self.roster, self.shown = Model(), Roster(), dict[int, str]()
        self.answered: list[Edge] = []
        self.past: list[Edge] = []
        self.snapshots: list[Snapshot] = []
        self.versions = [0]
        self.ids = 0

    def teardown(self) -> None:
        if hasattr(self, "loop"):
            self.await_(self.ear.aclose())  # type: ignore[no-untyped-call]
            self.await_(self.redis.aclose())
            self.loop.close()

    def await_(self, what: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(what)

    def visit(self, *changes: Change, roster: bool = False) -> Answer:
        answer: Answer
        [answer] = self.await_(self.store.visit([Visit(PLACE, changes, roster)]))
        self.answered += answer.edges
        self.model.reaped()
        return answer

    @rule(user=USERS, gateway=GATEWAYS)
    def arrive(self, user: int, gateway: str) -> None:
        self.ids += 1
        self.model.visited()
        self.model.tabs[f"{user}:{self.ids}"] = Tab(user, gateway)
        self.visit(("hold", str(user), str(self.ids), "online", f"user {user}", ""))

    @rule(user=USERS, gateway=GATEWAYS)
    def pass_by(self, user: int, gateway: str) -> None:
        self.ids += 1
        self.model.visited()
        self.model.tabs[f"{user}:{self.ids}"] = Tab(user, gateway, left_ms=GRACE, held=False)
        self.visit(("pass_by", str(user), str(self.ids), "", f"user {user}", "", GRACE))

    @precondition(lambda self: self.model.tabs)
    @rule(data=st.data(), status=STATUSES)
    def wish(self, data: st.DataObject, status: str) -> None:
        name, tab = data.draw(st.sampled_from(sorted(self.model.tabs.items(), key=lambda item: item[0])))
        self.model.visited()
        if status == "online":
            self.model.wishes.pop(tab.user, None)
        elif status != "away":
            self.model.wishes[tab.user] = status
        tab.activity = status if status in ("online", "away") else tab.activity
        tab.left_ms = LIFE
        answer = self.visit(("wish", str(tab.user), name.partition(":")[2], status, f"user {tab.user}", ""))
        assert answer.statuses == [self.model.seen().get(tab.user, "offline")]

    @precondition(lambda self: self.model.tabs)
    @rule(data=st.data(), grace=st.booleans())
    def leave(self, data: st.DataObject, grace: bool) -> None:
        name, tab = data.draw(st.sampled_from(sorted(self.model.tabs.items(), key=lambda item: item[0])))
        self.model.visited()
        tab.held = False
        if grace:
            tab.left_ms = GRACE
        else:
            del self.model.tabs[name]
            if tab.user not in {other.user for other in self.model.tabs.values()}:
                self.model.wishes.pop(tab.user, None)
        self.visit(("linger", name, GRACE) if grace else ("drop", name))

    @rule(gateway=GATEWAYS)
    def refresh(self, gateway: str) -> None:
        held = [name for name, tab in self.model.tabs.items() if tab.gateway == gateway and tab.held]
        self.model.visited()
        for name in held:
            self.model.tabs[name].left_ms = LIFE
        assert self.visit(("refresh", *held)).missing == []

    @rule(milliseconds=st.sampled_from([8_300, 18_700, 34_100]))
    def wait(self, milliseconds: int) -> None:
        self.await_(pass_time(self.redis, milliseconds))
        self.model.silence += milliseconds
        for tab in self.model.tabs.values():
            tab.left_ms -= milliseconds

    @rule()
    def reap(self) -> None:
        self.model.visited()
        self.visit()

    @rule()
    def redis_is_emptied(self) -> None:
        """Those who are held are said again, with what they wished; what lingered is gone."""
        self.await_(self.redis.flushall())
        self.snapshots.clear()
        self.model.silence = 0
        self.model.tabs = {name: tab for name, tab in self.model.tabs.items() if tab.held}
        users = {tab.user for tab in self.model.tabs.values()}
        self.model.wishes = {user: wish for user, wish in self.model.wishes.items() if user in users}
        assert set(self.visit(("refresh", *self.model.tabs)).missing) == set(self.model.tabs)
        for name, tab in self.model.tabs.items():
            tab.left_ms = LIFE
            wish = self.model.wishes.get(tab.user, "")
            self.visit(("hold", str(tab.user), name.partition(":")[2], tab.activity, f"user {tab.user}", wish))

    @rule(shuffle=st.randoms(use_true_random=False))
    def look(self, shuffle: random.Random) -> None:
        """A gateway that heard everything, some of it twice and late, and reads the roster, sees what there is to see."""
        self.hear(shuffle)
        self.model.visited()
        answer = self.visit(roster=True)
        assert answer.snapshot is not None
        assert {u: one.status for u, one in answer.snapshot.attendees.items() if one.status != "offline"} == (
            self.model.seen()
        )
        self.show(self.roster.adopt(answer.snapshot, settled_ms=0))
        self.hear(shuffle)
        self.hear_of_the_past(shuffle)
        self.snapshots.append(answer.snapshot)
        assert self.shown == self.model.seen()
        assert self.roster.seen == len(self.shown)
        for user in {tab.user for tab in self.model.tabs.values()}:
            attendee = self.roster.find(user)
            assert attendee is not None
            assert attendee.wish == self.model.wishes.get(user, "")

    def hear_of_the_past(self, shuffle: random.Random) -> None:
        """What was told comes again, and a roster that was read long ago."""
        for edge in self.past:
            if shuffle.random() < 0.3:
                self.show(self.roster.take([edge]))
        if self.snapshots:
            self.show(self.roster.adopt(shuffle.choice(self.snapshots), settled_ms=0))

    def hear(self, shuffle: random.Random) -> None:
        published: list[Edge] = []
        while len(published) < len(self.answered):
            message = self.await_(self.ear.get_message(timeout=5))
            assert message is not None
            if message["type"] == "message":
                published += read_message(message["data"].encode())
        versions = [edge.attendee.version for edge in published]
        assert versions == sorted(set(versions))
        assert published == self.answered
        self.versions += versions
        assert self.versions == sorted(set(self.versions))
        early = [edge for edge in self.answered if shuffle.random() < 0.5]
        shuffle.shuffle(early)
        for edge in early:
            self.show(self.roster.take([edge]))
        self.show(self.roster.take(published))
        self.roster.forget(max(versions, default=0))
        self.past += published
        self.answered.clear()

    def show(self, news: list[Edge]) -> None:
        for user_id, previous, attendee in news:
            assert self.shown.get(user_id, "offline") == previous != attendee.status
            self.shown[user_id] = attendee.status
        self.shown = {user_id: status for user_id, status in self.shown.items() if status != "offline"}

    @invariant()
    def nothing_is_left_behind(self) -> None:
        """Connections and users are forgotten together."""
        if hasattr(self, "redis"):
            connections = self.await_(self.redis.zrange(f"{TOPIC}:connections", 0, -1))
            users = self.await_(self.redis.hkeys(f"{TOPIC}:users"))
            assert {member.partition(":")[0] for member in connections} == set(users)


@pytest.mark.timeout(120)
def test_attendance_follows_the_connections(redis_url: str) -> None:
    """Whatever comes, goes, expires and is forgotten: Redis' roster, and what gateways make of its edges, is right."""
    Attendance.url = redis_url
    run_state_machine_as_test(Attendance, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))


async def test_wish_outlives_the_connection_but_not_the_signing_out(redis: Redis) -> None:
    """Who was lost while busy comes back busy; who signs out while busy comes back online."""
    store = Store(redis, Timing(REFRESH))

    async def visit(*changes: Change) -> list[tuple[str, str]]:
        [answer] = await store.visit([Visit(PLACE, changes)])
        return [(edge.previous, edge.attendee.status) for edge in answer.edges]

    assert await visit(("wish", "7", "1", "busy", "Ana", "")) == [("offline", "busy")]
    await visit(("linger", "7:1", GRACE))
    await pass_time(redis, GRACE)
    assert await visit() == [("busy", "offline")]
    assert await visit(("hold", "7", "2", "", "Ana", "")) == [("offline", "busy")]
    assert await visit(("drop", "7:2")) == [("busy", "offline")]
    assert await visit(("hold", "7", "3", "", "Ana", "")) == [("offline", "online")]


async def test_redis_restored_from_an_older_copy(redis: Redis) -> None:
    """A Redis that comes back as it was before is not believed about those who left since, and versions go on rising."""
    store, roster = Store(redis, Timing(REFRESH)), Roster()

    async def visit(*changes: Change, roster_too: bool = False) -> list[Edge]:
        [answer] = await store.visit([Visit(PLACE, changes, roster_too)])
        news = roster.take(answer.edges)
        return news + (roster.adopt(answer.snapshot, settled_ms=0) if answer.snapshot else [])

    def hold(user: str) -> Change:
        return "hold", user, "tab", "", f"user {user}", ""

    await visit(hold("1"), hold("2"))
    copies = {key: await redis.dump(key) or b"" for key in await redis.keys("*")}
    [two_left] = await visit(("drop", "2:tab"))
    [three_came] = await visit(hold("3"))
    for key, copy in copies.items():
        await redis.restore(key, 0, copy, replace=True)

    [four_came] = await visit(hold("4"))
    assert four_came.attendee.version > three_came.attendee.version
    await visit(("drop", "4:tab"))
    again = await visit(hold("3"), ("refresh", "1:tab"), roster_too=True)
    assert [(edge.user_id, edge.attendee.status) for edge in again] == [(2, "online")]
    assert again[0].attendee.version > max(two_left.attendee.version, three_came.attendee.version)
    await pass_time(redis, LIFE)
    await visit(("refresh", "1:tab", "3:tab"))
    await pass_time(redis, REFRESH)
    for _ in range(3):
        await visit(("refresh", "1:tab", "3:tab"))
        await pass_time(redis, REFRESH)
    await visit(roster_too=True)
    assert set(roster.present()) == {1, 3}
