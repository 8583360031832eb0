import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from services.webhook_receiver import group_commit
from services.webhook_receiver.group_commit import GroupCommit, NotDurableError


class Disk:
    """Commits when the test says so. Each commit is its parts and the future that ends it."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self._begun: asyncio.Queue[asyncio.Future[None]] = asyncio.Queue()

    async def commit(self, parts: Sequence[bytes]) -> None:
        outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.batches.append(list(parts))
        self._begun.put_nowait(outcome)
        await outcome

    async def begun(self) -> asyncio.Future[None]:
        """The next commit that has begun; its caller ends it."""
        return await self._begun.get()

    async def succeed(self) -> None:
        (await self.begun()).set_result(None)

    async def fail(self) -> None:
        (await self.begun()).set_exception(NotDurableError("the disk is full"))


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def committer(disk: Disk) -> AsyncIterator[GroupCommit]:
    committer = GroupCommit(disk.commit, max_pending_bytes=1000)
    running = asyncio.create_task(committer.run())
    yield committer
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def appended(committer: GroupCommit, *parts: bytes) -> list[asyncio.Task[None]]:
    """Callers who have handed in their parts, in that order, and wait."""
    callers = [asyncio.create_task(committer.append(part)) for part in parts]
    await asyncio.sleep(0)  # each of them runs until it waits
    return callers


async def test_a_part_is_durable_when_its_commit_is(committer: GroupCommit, disk: Disk) -> None:
    """A caller returns after the commit and not before."""
    (caller,) = await appended(committer, b"a")
    commit = await disk.begun()
    assert not caller.done()

    commit.set_result(None)

    await caller
    assert disk.batches == [[b"a"]]


async def test_what_arrives_during_a_commit_shares_the_next(committer: GroupCommit, disk: Disk) -> None:
    """One commit is under way at a time; whoever comes meanwhile goes together, in the order of coming."""
    first = await appended(committer, b"1")
    commit = await disk.begun()
    others = await appended(committer, *(b"%d" % number for number in range(2, 50)))
    assert disk.batches == [[b"1"]]

    commit.set_result(None)
    await disk.succeed()

    await asyncio.gather(*first, *others)
    assert disk.batches == [[b"1"], [b"%d" % number for number in range(2, 50)]]


async def test_a_failure_reaches_exactly_its_batch(committer: GroupCommit, disk: Disk) -> None:
    """Those before and after a failed commit are durable; each of those in it is told."""
    before = await appended(committer, b"1")
    commit = await disk.begun()
    failing = await appended(committer, b"2", b"3")
    commit.set_result(None)
    commit = await disk.begun()
    after = await appended(committer, b"4")
    commit.set_exception(NotDurableError("the disk is full"))
    await disk.succeed()

    outcomes = await asyncio.gather(*before, *failing, *after, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [type(None), NotDurableError, NotDurableError, type(None)]
    assert outcomes[1] is not outcomes[2]


async def test_what_exceeds_the_bound_is_refused_at_once(committer: GroupCommit, disk: Disk) -> None:
    """Beyond the bound a caller is turned away and not kept; once the bytes are durable there is room again."""
    caller, *_ = await appended(committer, b"x" * 600)
    with pytest.raises(NotDurableError):
        await committer.append(b"x" * 401)
    assert committer.pending_bytes == 600

    fitting = await appended(committer, b"y" * 400)
    await disk.succeed()
    await caller
    await disk.succeed()
    await asyncio.gather(*fitting)

    assert disk.batches == [[b"x" * 600], [b"y" * 400]]
    assert committer.pending_bytes == 0


async def test_pending_bytes_return_to_nothing(committer: GroupCommit, disk: Disk) -> None:
    """Success, failure, refusal or cancellation: no byte stays counted."""
    succeeding = await appended(committer, b"1" * 100)
    commit = await disk.begun()
    failing, cancelled = await appended(committer, b"2" * 200, b"3" * 300)
    cancelled.cancel()
    with pytest.raises(NotDurableError):
        await committer.append(b"4" * 1000)
    commit.set_result(None)
    await disk.fail()

    await asyncio.gather(*succeeding, failing, cancelled, return_exceptions=True)

    assert committer.pending_bytes == 0


async def test_a_caller_who_leaves_disturbs_nobody(committer: GroupCommit, disk: Disk) -> None:
    """Whether it waits or its commit is under way: the others of its batch get their answer."""
    leaving, staying = await appended(committer, b"1", b"2")
    commit = await disk.begun()
    leaving.cancel()
    leaving_early, staying_on = await appended(committer, b"3", b"4")
    leaving_early.cancel()
    commit.set_result(None)
    await disk.succeed()

    outcomes = await asyncio.gather(leaving, staying, leaving_early, staying_on, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, type(None)] * 2


async def test_a_caller_who_leaves_a_failing_batch_disturbs_nobody(committer: GroupCommit, disk: Disk) -> None:
    """A failure has nobody to go to where the caller went away, and ends nothing."""
    leaving, staying = await appended(committer, b"1", b"2")
    commit = await disk.begun()
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    commit.set_exception(NotDurableError("the disk is full"))

    with pytest.raises(NotDurableError):
        await staying
    (later,) = await appended(committer, b"3")
    await disk.succeed()
    await later


async def test_a_batch_is_bounded_in_events(
    committer: GroupCommit, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A flood is cut into batches, in its order."""
    monkeypatch.setattr(group_commit, "MAX_BATCH_EVENTS", 3)
    callers = await appended(committer, *(b"%d" % number for number in range(8)))
    for _ in range(3):
        await disk.succeed()

    await asyncio.gather(*callers)

    assert disk.batches == [[b"0", b"1", b"2"], [b"3", b"4", b"5"], [b"6", b"7"]]


async def test_a_batch_is_bounded_in_bytes(committer: GroupCommit, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
    """What doesn't fit begins the next batch, and what is larger than any batch goes alone."""
    monkeypatch.setattr(group_commit, "MAX_BATCH_BYTES", 100)
    callers = await appended(committer, b"a" * 60, b"b" * 40, b"c", b"d" * 200, b"e")
    for _ in range(4):
        await disk.succeed()

    await asyncio.gather(*callers)

    assert [[len(part) for part in batch] for batch in disk.batches] == [[60, 40], [1], [200], [1]]
