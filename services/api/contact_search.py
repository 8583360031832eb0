"""What a search for contacts matches: words of the name, or a phone however it is written."""

import re
from dataclasses import dataclass

_PHONE = re.compile(r"[\d\s()+.-]+")
_NOT_DIGITS = re.compile(r"\D")
_COUNTRY = "55"
FEWEST_DIGITS = 3  # by which a number is found: fewer are in nearly all of them
# An area code and a number, without and with the ninth digit of mobiles.
_SHORT, _LONG = 10, 11


@dataclass(frozen=True, slots=True)
class ContactSearch:
    """The name has every word in it, capitals and accents aside, or a phone has one of the spellings in it."""

    words: list[str]
    phones: list[str]


def contact_search(text: str) -> ContactSearch | None:
    """What a search looks for: nothing where there is no word. `(11) 6586-0124` finds the phone `5511965860124`."""
    if not text.strip():
        return None
    digits = _NOT_DIGITS.sub("", text) if _PHONE.fullmatch(text) else ""
    spellings = [spelling for spelling in phone_spellings(digits) if len(spelling) >= FEWEST_DIGITS]
    return ContactSearch(text.split(), spellings)


def phone_spellings(digits: str) -> list[str]:
    """What of a kept phone may be equal to digits: with or without country code and ninth digit."""
    local = digits.lstrip("0") or digits
    if local.startswith(_COUNTRY) and len(local) in (len(_COUNTRY) + _SHORT, len(_COUNTRY) + _LONG):
        local = local.removeprefix(_COUNTRY)
    spellings = [local]
    if len(local) == _SHORT:
        spellings.append(f"{local[:2]}9{local[2:]}")
    if len(local) == _LONG and local[2] == "9":
        spellings.append(local[:2] + local[3:])
    if len(local) == _LONG - 2 and local[0] == "9":
        spellings.append(local[1:])
    return spellings
