"""What may be called a name. WhatsApp puts other things where names belong."""

from typing import Any

from services.queue_worker.interpretation.fields import text

# Evolution's name for whoever is connected.
_OURSELVES = "você"
_NUMBER_SIGNS = str.maketrans("", "", "+-.() \u00a0")


def usable_name(value: Any) -> str | None:
    """A person's name; None for nothing, for a number (a phone, or the digits of a LID) and for "Você"."""
    name = text(value)
    if name is None or name.casefold() == _OURSELVES or name.translate(_NUMBER_SIGNS).isdigit():
        return None
    return name
