"""What an agent's search matches: a part of a contact's name or phone. To be replaced by full text over messages."""

import re
from dataclasses import dataclass

_PHONE = re.compile(r"[\d\s()+.-]+")
_SEPARATORS = re.compile(r"[\s()+.-]")


@dataclass(frozen=True, slots=True)
class SearchPatterns:
    """ILIKE patterns, one for each column; phones are kept as digits only."""

    name: str
    phone: str


def search_patterns(text: str) -> SearchPatterns:
    """The patterns of a search. `(11) 96586-0124` finds the phone that is kept as `5511965860124`."""
    looks_like_phone = _PHONE.fullmatch(text) and any(character.isdigit() for character in text)
    phone = _SEPARATORS.sub("", text) if looks_like_phone else text
    return SearchPatterns(containing(text), containing(phone))


def containing(text: str) -> str:
    """The LIKE pattern of what has a text somewhere in it."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def beginning(text: str) -> str:
    """The LIKE pattern of what begins with a text."""
    return containing(text).removeprefix("%")
