"""The simulated product loses nothing, doubles nothing, and comes out where the real one did."""

import random
from collections import Counter
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.simulation.costs import Costs, Stage
from tests.bench.simulation.engine import Clock, Disk, Locks, Machine, Thread
from tests.bench.simulation.product import Deployment, Event, Product, by_clinics
from tests.bench.simulation.run import drained, steady

# An event costs as measured on two cores of 2.5 GHz; what a batch costs by itself, little in hundreds, is an estimate.
STAGE = {
    "intake": Stage(44e-6, 136e-6, 43e-6, 132e-6, 1),
    "claim": Stage(33e-6, 102e-6, 26e-6, 79e-6, 1),
    "effects": Stage(111e-6, 339e-6, 86e-6, 264e-6, 7),
    "relay": Stage(33e-6, 102e-6, 17e-6, 53e-6, 1),
}
COSTS = Costs(64e-6, 14e-6, STAGE, 20e-6, 50e-6, 12e-6, 250e-6, 60e-6, 0.6e-3, 3e-3)
MEASURED_EVENTS_PER_SECOND = {1: 3020, 2: 3358}

DEPLOYMENTS = st.builds(
    Deployment,
    clinics=st.integers(1, 30),
    workers=st.integers(1, 3),
    loops=st.integers(1, 3),
    batch=st.integers(1, 50),
    receivers=st.integers(1, 3),
    gateways=st.integers(1, 12),
    sockets=st.integers(1, 10),
    one_machine=st.booleans(),
)


@settings(max_examples=15)
@given(DEPLOYMENTS, st.lists(st.tuples(st.floats(0, 0.05), st.integers(0, 29)), max_size=20), st.integers(0, 9))
def test_every_event_reaches_each_socket_once(
    deployment: Deployment, posts: list[tuple[float, int]], seed: int
) -> None:
    """Whatever the deployment and the moments: published once, seen by as many sockets as there are, after it was posted."""
    clock = Clock()
    product = Product(clock, deployment, COSTS, random.Random(seed))
    for moment, clinic in posts:
        clock.after(moment, partial(product.post, Event(moment, clinic)))

    clock.run(600)

    assert len(product.outcome.published) == len(posts)
    assert len(product.outcome.latencies) == len(posts) * deployment.sockets
    assert all(seconds > 0 for seconds in product.outcome.latencies)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 40), max_size=60), st.integers(2, 9))
def test_commits_are_of_whole_clinics_and_keep_each_ones_order(clinics: list[int], commit_events: int) -> None:
    """Nothing is left out or in two commits, no full commit takes a clinic more, and a clinic's events stay in order."""
    batch = [Event(float(index), clinic) for index, clinic in enumerate(clinics)]

    commits = by_clinics(batch, commit_events)

    assert sorted(event.posted for commit in commits for event in commit) == [event.posted for event in batch]
    of_commit = [{event.clinic for event in commit} for commit in commits]
    full = [sum(event.clinic != commit[-1].clinic for event in commit) for commit in commits]
    assert all(events_before_the_last_clinic < commit_events for events_before_the_last_clinic in full)
    assert Counter(clinic for some in of_commit for clinic in some) == Counter(set(clinics))
    for commit in commits:
        for clinic in {event.clinic for event in commit}:
            moments = [event.posted for event in commit if event.clinic == clinic]
            assert moments == sorted(moments)


@settings(max_examples=40)
@given(st.lists(st.floats(0.0001, 0.02), min_size=1, max_size=12), st.integers(1, 4))
def test_processors_are_shared_and_none_works_twice(work: list[float], cores: int) -> None:
    """All work is done, no sooner than so many processors can, and no later than one alone would."""
    clock = Clock()
    machine, ended = Machine(clock, cores), list[float]()
    for seconds in work:
        machine.run(seconds, lambda: ended.append(clock.now))

    clock.run(10)

    assert len(ended) == len(work)
    assert machine.busy == pytest.approx(sum(work))
    assert max(ended) >= max(*work, sum(work) / cores) - 1e-9
    assert max(ended) <= sum(work) + 1e-9


def test_a_thread_does_one_thing_at_a_time() -> None:
    """Even where more processors are free, and in the order in which it was asked."""
    clock, ended = Clock(), list[tuple[str, float]]()
    thread = Thread(Machine(clock, 4))
    for name in "abc":
        thread.run(0.001, partial(lambda name: ended.append((name, round(clock.now, 6))), name))

    clock.run(1)

    assert ended == [("a", 0.001), ("b", 0.002), ("c", 0.003)]


def test_those_who_wait_for_the_disk_share_the_next_write() -> None:
    """The first write is alone; both that come meanwhile are written by the second."""
    clock, ended = Clock(), list[float]()
    disk = Disk(clock, lambda: 0.010)
    for moment in (0.0, 0.002, 0.008):
        clock.after(moment, partial(disk.sync, lambda: ended.append(clock.now)))

    clock.run(1)

    assert ended == pytest.approx([0.010, 0.020, 0.020])
    assert disk.syncs == 2


def test_who_writes_the_same_rows_waits_for_the_commit_before() -> None:
    """Others go on meanwhile, but nobody passes one who waits for the same."""
    locks, went = Locks(), list[str]()
    for name, rows in (("first", {1}), ("second", {1, 2}), ("third", {2}), ("other", {3})):
        locks.take(rows, partial(went.append, name))
    assert went == ["first", "other"]

    locks.release({1})

    assert went == ["first", "other", "second"]


def test_the_same_seed_gives_the_same_figures() -> None:
    """And another seed others."""
    one, again, other = (
        steady(Deployment(50), COSTS, rate=200, seconds=0.5, seed=seed, evenly=False) for seed in (1, 1, 2)
    )

    assert one == again
    assert one != other


@pytest.mark.parametrize("workers", [1, 2])
def test_a_single_machine_comes_out_where_it_was_measured(workers: int) -> None:
    """Events a second out of costs a step: within a third of what the real one did, with none of it fitted.

    A worker as it was then, all of whose five clinics shared a commit.
    """
    deployment = Deployment(clinics=5, workers=workers, batch=500, sockets=0, commit_events=1_000)

    simulated = drained(deployment, COSTS, events=6_000)

    assert simulated == pytest.approx(MEASURED_EVENTS_PER_SECOND[workers], rel=1 / 3)


def test_small_batches_cost_more_than_large_ones() -> None:
    """What a batch costs by itself is shared by its events, of however many clinics they are."""
    small, large = (drained(Deployment(2_000, batch=size, sockets=0), COSTS, events=2_000) for size in (1, 100))

    assert small < large * 0.6


def test_more_than_there_is_to_spend_is_late() -> None:
    """A rate beyond what the processors can do leaves events waiting, and one well below leaves none."""
    fits, drowns = (steady(Deployment(50, sockets=2), COSTS, rate=rate, seconds=0.4) for rate in (100, 3_000))

    assert fits.late <= 2
    assert drowns.late > 300
    assert drowns.p99 > 10 * fits.p99
