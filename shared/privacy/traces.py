"""By what a person is found in what was not sorted by person: payloads of events that wait, failed or were kept. Pure.

Names are no such thing: many have the same one. Addresses are, however they are written.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Fewer digits are in too much else.
FEWEST = 8
_COUNTRY = "55"
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Traces:
    """A person's addresses and conversations, and those that were merged into them."""

    contacts: Sequence[int]
    conversations: Sequence[int]
    identities: Sequence[tuple[str, str]]
    external_ids: Sequence[str] = ()
    email: str | None = None

    @classmethod
    def from_scope(cls, scope: Mapping[str, Any]) -> "Traces":
        """As they were written down."""
        identities = [(kind, value) for kind, value in scope["identities"]]
        return cls(scope["contacts"], scope["conversations"], identities, scope["external_ids"], scope["email"])

    def scope(self) -> dict[str, Any]:
        """To be written down."""
        return {
            "contacts": list(self.contacts),
            "conversations": list(self.conversations),
            "identities": [list(identity) for identity in self.identities],
            "external_ids": list(self.external_ids),
            "email": self.email,
        }

    def marks(self) -> list[str]:
        """Texts that are in nothing but what concerns the person."""
        found = {mark for kind, value in self.identities for mark in _marks(kind, value)}
        found |= {name for name in self.external_ids if len(name) >= FEWEST}
        found |= {self.email} if self.email else set()
        return sorted(found)

    def values(self) -> dict[str, Any]:
        """For the conditions of `shared.privacy.places`."""
        names = {value for kind, value in self.identities if kind == "external"} | set(self.external_ids)
        ids = [str(conversation) for conversation in self.conversations]
        quoted = [f'%"{name}":"{own_id}"%' for own_id in ids for name in ("conversation_id", "conversationId")]
        return {
            "patterns": [containing(mark) for mark in self.marks()],
            "phones": [containing(local) for local in _local_spellings(self.identities)],
            "names": sorted(names),
            "conversations": list(self.conversations),
            "own_ids": ids,
            "ordering_keys": [f"conversation:{own_id}" for own_id in ids],
            "channels": [f"conversa:{own_id}" for own_id in ids],
            "told": quoted,
        }


def containing(text: str) -> str:
    """The LIKE pattern of what has a text somewhere in it."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def ninth_digit_spellings(digits: str) -> list[str]:
    """A Brazilian number with its country's code, with and without the ninth digit of mobiles; others as they are."""
    local = digits.removeprefix(_COUNTRY)
    if not digits.startswith(_COUNTRY) or len(local) not in (10, 11):
        return [digits]
    if len(local) == 10:  # noqa: PLR2004 - area code and eight digits
        return [digits, f"{_COUNTRY}{local[:2]}9{local[2:]}"]
    return [digits, f"{_COUNTRY}{local[:2]}{local[3:]}"] if local[2] == "9" else [digits]


def _marks(kind: str, value: str) -> list[str]:
    if kind in ("phone", "jid", "lid"):
        digits = value.partition("@")[0]
        whole = _DIGITS.fullmatch(digits) is not None and len(digits) >= FEWEST
        return (ninth_digit_spellings(digits) if kind != "lid" else [digits]) if whole else []
    return [value] if len(value) >= FEWEST and not (kind == "external" and ":" in value) else []


def _local_spellings(identities: Iterable[tuple[str, str]]) -> list[str]:
    phones = [value for kind, value in identities if kind == "phone"]
    return sorted({spelling.removeprefix(_COUNTRY) for phone in phones for spelling in ninth_digit_spellings(phone)})
