"""Aligned tables that fit the terminal. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.cli.screen.text import fitted, padded, printable, width

GAP = "  "
NARROWEST = 8  # cells a shrinking column keeps


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `flexible` ones are cut where the terminal is narrow; of the others those with the highest `drop` go first.

    `drop` 0 stays whatever happens: ids are there to be copied.
    """

    head: str
    right: bool = False
    flexible: bool = False
    drop: int = 0


def table_lines(columns: Sequence[Column], rows: Sequence[Sequence[object]], cells: int | None) -> list[str]:
    """The head and a line for each row, in so many cells; None means that nothing is cut or left out."""
    texts = [[printable(value) for value in row] for row in rows]
    natural = [max([width(column.head), *(width(row[n]) for row in texts)]) for n, column in enumerate(columns)]
    shown, widths = _layout(columns, natural, cells)
    lines = [[columns[n].head for n in shown], *([row[n] for n in shown] for row in texts)]
    return [_line([columns[n] for n in shown], line, [widths[n] for n in shown]) for line in lines]


def _layout(columns: Sequence[Column], natural: list[int], cells: int | None) -> tuple[list[int], list[int]]:
    shown, widths = list(range(len(columns))), list(natural)
    if cells is None:
        return shown, widths
    while (excess := _total(shown, widths) - cells) > 0:
        widths = _shrunk(columns, shown, widths, excess)
        droppable = [n for n in shown if columns[n].drop]
        if _total(shown, widths) <= cells or not droppable:
            break
        shown.remove(max(droppable, key=lambda n: columns[n].drop))
        widths = list(natural)
    return shown, widths


def _shrunk(columns: Sequence[Column], shown: list[int], widths: list[int], excess: int) -> list[int]:
    """Take from the widest flexible columns first."""
    result = list(widths)
    flexible = [n for n in shown if columns[n].flexible]
    for _ in range(excess):
        n = max(flexible, key=lambda index: result[index], default=None)
        if n is None or result[n] <= min(NARROWEST, widths[n]):
            break
        result[n] -= 1
    return result


def _total(shown: list[int], widths: list[int]) -> int:
    return sum(widths[n] for n in shown) + len(GAP) * max(0, len(shown) - 1)


def _line(columns: Sequence[Column], cells: Sequence[str], widths: Sequence[int]) -> str:
    parts = (
        padded(fitted(cell, wide), wide, right=column.right)
        for column, cell, wide in zip(columns, cells, widths, strict=True)
    )
    return GAP.join(parts).rstrip()
