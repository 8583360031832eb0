"""The kinds of sends, as the queue's rows name them."""

from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal[
    "send.text",
    "send.media",
    "send.audio",
    "send.reaction",
    "send.edit",
    "send.delete",
    "send.read",
    "send.typing",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
CHANGES: Mapping[Kind, str] = {"send.reaction": "reaction", "send.edit": "edit", "send.delete": "delete"}
SIGNALS = frozenset({"send.read", "send.typing"})
# What becomes a message at the patient: to repeat it is to say it twice. The rest may be repeated.
CONTENT: frozenset[Kind] = frozenset({"send.text", "send.media", "send.audio"})
