"""Why an event or a reply is a dead letter: one vocabulary for who buries, who shows and who chooses."""

from typing import Literal

DeathReason = Literal[
    "validation",
    "unknown_instance",
    "unreadable",
    "poison",
    "exhausted",
    "refused",
    "unknown_outcome",
    "undeliverable",
    "bug",
]
