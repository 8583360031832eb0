"""Tables and text on a terminal."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from services.cli.screen.tables import Column, table_lines
from services.cli.screen.text import fitted, padded, printable, width

COLUMNS = (Column("ID"), Column("COUNT", right=True, drop=2), Column("NAME", drop=1), Column("ERROR", flexible=True))
ROWS = [["4711", 3, "demo-wa", "timeout while asking Postgres"], ["9", 12, "agenda", "-"]]


def test_columns_are_aligned_and_numbers_stand_right() -> None:
    """Each column is as wide as its widest cell; there are no blanks at the end of a line."""
    assert table_lines(COLUMNS, ROWS, None) == [
        "ID    COUNT  NAME     ERROR",
        "4711      3  demo-wa  timeout while asking Postgres",
        "9        12  agenda   -",
    ]


def test_a_narrow_terminal_cuts_the_flexible_column_first() -> None:
    """What is cut off is marked."""
    assert table_lines(COLUMNS, ROWS, 36)[1] == "4711      3  demo-wa  timeout while…"


def test_a_narrower_one_leaves_columns_out() -> None:
    """Those with the highest `drop` first; ids stay whole."""
    assert table_lines(COLUMNS, ROWS, 26) == ["ID    NAME     ERROR", "4711  demo-wa  timeout wh…", "9     agenda   -"]
    assert table_lines(COLUMNS, ROWS, 15)[1] == "4711  timeout …"
    assert table_lines(COLUMNS, ROWS, 3)[1].startswith("4711")


@given(st.lists(st.tuples(st.text(max_size=6), st.integers(), st.text(max_size=30), st.text(max_size=60)), max_size=5))
def test_lines_fit_and_hold_no_control_character(rows: list[tuple[str, int, str, str]]) -> None:
    """Whatever a webhook said: it can neither widen the table nor steer the terminal."""
    for line in table_lines(COLUMNS, rows, 40):
        assert width(line) <= 40
        assert not any(unicodedata.category(character) in ("Cc", "Cs") for character in line)


@given(st.text())
def test_printable_text_is_one_harmless_line(text: str) -> None:
    """Escape sequences, line breaks and direction overrides are gone; what is harmless stays."""
    shown = printable(text)

    assert not set(shown) & {"\x1b", "\n", "\r", "\x9b", "\u202e", "\u2028"}
    assert printable(shown) == shown
    assert len(shown) == len(text)


@given(st.text(), st.integers(min_value=0, max_value=30))
def test_fitted_text_is_never_wider(text: str, cells: int) -> None:
    """Wide and combining characters are counted as terminals show them."""
    assert width(fitted(printable(text), cells)) <= cells


def test_wide_characters_take_two_cells() -> None:
    """A table with Chinese names is aligned too."""
    assert width("医生") == 4
    assert padded("医生", 6) == "医生  "
    assert fitted("医生医生", 5) == "医生…"
