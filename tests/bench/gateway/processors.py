"""Which processor does what: the server that is measured has one of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def on_processor(number: int) -> Iterator[None]:
    """Processes started in the block stay on that processor, where there are several."""
    before = os.sched_getaffinity(0)
    pin(0, number)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def kept_on_processor(pid: int, number: int) -> Iterator[None]:
    """A process that runs already (0: this one) stays there during the block."""
    before = os.sched_getaffinity(pid)
    pin(pid, number)
    try:
        yield
    finally:
        os.sched_setaffinity(pid, before)


def pin(pid: int, number: int) -> None:
    """Put a process on a processor."""
    if (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(pid, {number})
