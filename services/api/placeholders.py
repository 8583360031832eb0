"""Variables in a canned reply: `Olá, {{contact.first_name}}!`. Pure: which there are, and what stands in their place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

# What stands between two pairs of braces, whatever it is: a misspelt variable must be noticed, not sent.
_PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
VARIABLES = ("contact.name", "contact.first_name", "contact.phone", "agent.name", "agent.first_name", "clinic.name")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text for one conversation, and the variables for which there is nothing: they are empty in it."""

    content: str
    missing: list[str]


def unknown_variables(content: str) -> list[str]:
    """What a text has between double braces that is no variable, in its order; also braces that are never closed."""
    named = [name.strip() for name in _PLACEHOLDER.findall(content)]
    left = _PLACEHOLDER.sub("", content)
    unclosed = [braces for braces in ("{{", "}}") if braces in left]
    return list(dict.fromkeys(name for name in named if name not in VARIABLES)) + unclosed


def render(content: str, values: Mapping[str, str | None]) -> Rendered:
    """Put values in the place of variables. What a value says is never read as a variable again."""
    used = list(dict.fromkeys(name.strip() for name in _PLACEHOLDER.findall(content)))
    text = _PLACEHOLDER.sub(lambda match: values.get(match[1].strip()) or "", content)
    return Rendered(text, [name for name in used if not values.get(name)])


def values_of(contact_name: str, contact_phone: str | None, agent: str, clinic: str) -> dict[str, str | None]:
    """The variables' values for one conversation and whoever answers in it."""
    # Of a contact who told no name the address stands in its place: it is nothing to be greeted by.
    name = contact_name if any(character.isalpha() for character in contact_name) else None
    return {
        "contact.name": name,
        "contact.first_name": first_word(name),
        "contact.phone": contact_phone,
        "agent.name": agent,
        "agent.first_name": first_word(agent),
        "clinic.name": clinic,
    }


def first_word(name: str | None) -> str | None:
    """What somebody is called to their face."""
    return next(iter((name or "").split()), None)
