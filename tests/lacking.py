"""What a test does where something it needs is not on this machine."""

import os
from collections.abc import Sequence
from typing import NoReturn

import pytest

from deploy.local.binaries import missing


def give_up(why: str) -> NoReturn:
    """Skip the test here; in CI, where nothing may be missing, fail it."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)


def require_installed(kinds: Sequence[str]) -> None:
    """Give up where servers of these kinds are not installed."""
    if lacking := missing(kinds):
        give_up(f"not installed: {', '.join(lacking)}; run the tests with `make test`, which installs what they need")
