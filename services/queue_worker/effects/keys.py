"""Rows are named together with their clinic, also where an id alone would do: a wrong one finds nothing."""

from collections.abc import Iterable, Sequence
from typing import Any

Key = tuple[int, int]
"""A clinic, and a row of its."""


def columns(rows: Iterable[Sequence[Any]], width: int = 2) -> list[list[Any]]:
    """Rows as the arrays that `unnest` makes rows of again."""
    rows = list(rows)
    return [[row[column] for row in rows] for column in range(width)]
