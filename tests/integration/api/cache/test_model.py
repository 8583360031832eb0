"""Readers, writers and invalidations in any interleaving that Hypothesis thinks of, against a real Redis.

The database is a number that only rises. A reading takes the number at one moment and may come back much later. What a
writer is told when its invalidation is confirmed is `told`: no answer to a question asked from then on may be less.
"""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from redis import Redis

from services.api.cache import link
from services.api.cache.cache import Cache, Reading
from services.api.cache.entries import Entry
from services.api.cache.kinds import CONVERSATIONS
from services.api.cache.memory import Place
from tests.ending import end
from tests.waiting import until

PLACE = Place("conversations:clinic:model", "field")


@dataclass
class Question:
    """One `get`: it stops before it looks into the database, and before it comes back from there."""

    least: int
    seen: int | None = None
    wants_look: bool = False
    may_look: asyncio.Event = field(default_factory=asyncio.Event)
    may_return: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[int] | None = None

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()


class CacheModel(RuleBasedStateMachine):
    """Two processes over one Redis."""

    url = ""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.redis = Redis.from_url(self.url)
        self.redis.flushall()
        self.number = 0
        self.told = 0
        self.written: list[int] = []
        self.questions: list[Question] = []
        self.caches = [self.runner.run(self._started()) for _ in range(2)]

    async def _started(self) -> Cache:
        cache = Cache(self.url, memory_bytes=100_000, budget_seconds=5.0, compress_from=10)
        self.links = [*getattr(self, "links", []), asyncio.create_task(cache.link.run())]
        await until(lambda: cache.link.usable)
        return cache

    @rule(process=st.integers(0, 1))
    def ask(self, process: int) -> None:
        """Somebody asks one of the processes."""
        self.runner.run(self._ask(self.caches[process]))

    @rule()
    def write(self) -> None:
        """A writer commits; its invalidation is still to come."""
        self.number += 1
        self.written.append(self.number)

    @precondition(lambda self: self.written)
    @rule(process=st.integers(0, 1))
    def invalidate(self, process: int) -> None:
        """What was written last is invalidated by one of the processes, or by the relay: all its writers are told."""
        assert self.runner.run(self.caches[process].drop([PLACE.key]))
        self.told, self.written = max(self.told, *self.written), []

    @precondition(lambda self: any(question.wants_look and question.seen is None for question in self.questions))
    @rule(data=st.data())
    def look(self, data: st.DataObject) -> None:
        """One of those who read looks into the database."""
        waiting = [question for question in self.questions if question.wants_look and question.seen is None]
        question = data.draw(st.sampled_from(waiting))
        question.may_look.set()
        self.runner.run(until(lambda: question.seen is not None))

    @precondition(lambda self: any(question.seen is not None and not question.done for question in self.questions))
    @rule(data=st.data())
    def come_back(self, data: st.DataObject) -> None:
        """One that has looked comes back with what it saw then, and tries to keep it."""
        coming = [question for question in self.questions if question.seen is not None and not question.done]
        question = data.draw(st.sampled_from(coming))
        question.may_return.set()
        self.runner.run(until(lambda: question.done))

    @rule(process=st.integers(0, 1))
    def write_at_once(self, process: int) -> None:
        """A writer commits, and is told that it is invalidated."""
        self.write()
        self.invalidate(process)

    @rule(fault=st.sampled_from(["none", "none", "none", "none", "flush", "cut"]), process=st.integers(0, 1))
    def disturb(self, fault: str, process: int) -> None:
        """Redis loses everything, or a process loses its link and has it again; most of the time neither."""
        if fault == "flush":
            self.redis.flushall()
        elif fault == "cut":
            self.runner.run(self._cut(self.caches[process]))

    @invariant()
    def nobody_is_lied_to(self) -> None:
        for question in [question for question in self.questions if question.done]:
            assert question.task is not None
            assert question.task.result() >= question.least
            self.questions.remove(question)

    def teardown(self) -> None:
        self.runner.run(self._ended())
        self.nobody_is_lied_to()
        self.runner.close()
        self.redis.close()

    async def _ask(self, cache: Cache) -> None:
        question, joined = Question(self.told), cache.joined
        question.task = asyncio.create_task(self._answer(cache, question))
        self.questions.append(question)
        # Until it is answered, looks into the database, or waits for another reading of its process.
        await until(lambda: question.done or question.wants_look or cache.joined > joined)

    async def _answer(self, cache: Cache, question: Question) -> int:
        async def read() -> Reading:
            question.wants_look = True
            await question.may_look.wait()
            question.seen = self.number
            await question.may_return.wait()
            entry = Entry("body", str(question.seen).encode())
            return Reading(entry, entry)

        answer = await cache.get(CONVERSATIONS, PLACE, read)
        return int(answer.entry.data)

    async def _cut(self, cache: Cache) -> None:
        began = cache.link.since
        cache.link.cut()
        await until(lambda: cache.link.usable and cache.link.since != began)

    async def _ended(self) -> None:
        for question in self.questions:
            question.may_look.set()
            question.may_return.set()
        await asyncio.gather(*(question.task for question in self.questions if question.task))
        for cache in self.caches:
            await cache.close()
        await end(*self.links)


@contextmanager
def quick_links(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine takes the loop's time: links are believed at once, and for long."""
    with monkeypatch.context() as patched:
        for name, seconds in (("TRUST_SECONDS", 60.0), ("SETTLING_SECONDS", 0.0), ("FIRST_PAUSE_SECONDS", 0.0)):
            patched.setattr(link, name, seconds)
        yield


@pytest.mark.timeout(300)
def test_in_any_interleaving_nobody_is_answered_with_what_was_before_what_they_were_told(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow readers, writers, invalidations, flushes and lost links, in two processes."""
    with ExitStack() as stack:
        stack.enter_context(quick_links(monkeypatch))
        stack.enter_context(_at(redis_url))
        run_state_machine_as_test(
            CacheModel,
            settings=settings(
                max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )


@contextmanager
def _at(url: str) -> Iterator[Any]:
    CacheModel.url = url
    yield
    CacheModel.url = ""
