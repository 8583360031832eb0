"""What `make bench` measures."""

import pytest

from tests.bench.__main__ import read_options
from tests.bench.parts import PARTS


def test_without_arguments_every_part_of_the_page_is_measured() -> None:
    """One command is enough."""
    assert read_options([]).parts == list(PARTS)


def test_parts_may_be_chosen() -> None:
    """Those that take long are measured only by name."""
    assert read_options(["hour", "--minutes", "60"]).parts == ["hour"]


def test_a_part_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With those that there are."""
    with pytest.raises(SystemExit):
        read_options(["receivers"])
    assert "'receivers' is none of receiver, " in capsys.readouterr().err
