"""Reads tables out of the documentation, so that tests can compare them with the code."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_RULE = re.compile(r"\|[-:| ]+\|")


def rows_by_heading(page: str) -> dict[str, list[list[str]]]:
    """The cells of every table's rows, without its head, by the second-level heading they stand under."""
    found: dict[str, list[list[str]]] = {}
    heading, in_body = "", False
    for line in (DOCS / page).read_text("utf-8").splitlines():
        if line.startswith("## "):
            heading, in_body = line.removeprefix("## "), False
        elif not line.startswith("|"):
            in_body = False
        elif _RULE.fullmatch(line):
            in_body = True
        elif in_body:
            found.setdefault(heading, []).append([cell.strip() for cell in line.strip("|").split("|")])
    return found


def code(cell: str) -> str:
    """What stands between a cell's backquotes."""
    assert cell.startswith("`"), f"{cell!r} is not in backquotes"
    assert cell.endswith("`"), f"{cell!r} is not in backquotes"
    return cell.strip("`")
