"""Integrations' tokens: how they look, and what they may be for. Stored as what they hash to, as webhooks' tokens are.

They begin with a word of their own, by which a server tells them from a user's and scanners find one that was left somewhere.
"""

import re
import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import Literal, get_args

Scope = Literal[
    "conversations:read",
    "conversations:write",
    "messages:send",
    "actions:write",
    "contacts:read",
    "contacts:write",
    "operations:read",
]
SCOPES: tuple[Scope, ...] = get_args(Scope)

MOST_TOKENS = 50  # of a clinic, that go on
LONGEST_NAME = 100
LONGEST_LIFE_DAYS = 3650
DEFAULT_OVERLAP = timedelta(days=1)
LONGEST_OVERLAP = timedelta(days=7)

_PREFIX = "prosa_st_"
_SHOWN = len(_PREFIX) + 6
_TOKEN = re.compile(rf"{_PREFIX}[A-Za-z0-9_-]{{43}}")


def new_service_token() -> str:
    """A token that nobody chose: 256 bits."""
    return _PREFIX + secrets.token_urlsafe(32)


def is_service_token(text: str) -> bool:
    """Whether a text says that it is one; whether there is such a token is another question."""
    return text.startswith(_PREFIX)


def is_well_formed(text: str) -> bool:
    """Whether a text can be one."""
    return _TOKEN.fullmatch(text) is not None


def shown_prefix(token: str) -> str:
    """How a token begins: enough to tell it from others, and of no use to anybody."""
    return token[:_SHOWN]


def ordered_scopes(scopes: Collection[Scope]) -> list[Scope]:
    """Scopes, each once and in the order of the table."""
    return [scope for scope in SCOPES if scope in scopes]
