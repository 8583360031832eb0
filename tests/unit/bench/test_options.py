"""What `make bench` measures."""

from tests.bench.__main__ import read_options
from tests.bench.parts import PARTS


def test_without_arguments_every_part_of_the_page_is_measured() -> None:
    """One command is enough."""
    assert read_options([]).parts == list(PARTS)


def test_parts_may_be_chosen() -> None:
    """Those that take long are measured only by name."""
    assert read_options(["hour", "--minutes", "60"]).parts == ["hour"]
