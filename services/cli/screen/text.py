"""Text on a terminal: what a cell may hold, how wide it is. Pure.

What is shown comes from webhooks, that is from anybody: control characters could rewrite the screen or the title.
"""

import unicodedata

ELLIPSIS = "…"
_WIDE = frozenset("WF")
_NO_WIDTH = frozenset({"Mn", "Me", "Cf"})
_CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})


def printable(value: object) -> str:
    """One line without control characters. Line breaks and tabs become spaces, others U+FFFD; no direction overrides."""
    return "".join(map(_safe, str(value)))


def printable_lines(text: str) -> str:
    """Several lines, each without control characters."""
    return "\n".join(printable(line) for line in text.split("\n"))


def width(text: str) -> int:
    """Cells that a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells, text))


def fitted(text: str, cells: int) -> str:
    """The text in at most so many cells; what is cut off is marked."""
    if width(text) <= cells:
        return text
    kept, used = [], 0
    for character in text:
        used += _cells(character)
        if used > cells - 1:
            break
        kept.append(character)
    return "".join(kept) + ELLIPSIS if cells > 0 else ""


def padded(text: str, cells: int, *, right: bool = False) -> str:
    """The text, filled up to so many cells."""
    fill = " " * max(0, cells - width(text))
    return fill + text if right else text + fill


def _safe(character: str) -> str:
    if character.isascii() and character.isprintable():
        return character
    if character in "\n\r\t":
        return " "
    category = unicodedata.category(character)
    return "\ufffd" if category in _CONTROL or (category == "Cf" and character != "\u200d") else character


def _cells(character: str) -> int:
    if unicodedata.category(character) in _NO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
