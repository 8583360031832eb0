"""The e-mail addresses under which people sign in. Pure."""

import re

LONGEST_EMAIL = 254  # signing in takes no longer one

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def is_email(text: str) -> bool:
    """Whether it looks like an address. Whether it is one only a letter to it would show, and nobody sends any."""
    return bool(_EMAIL.fullmatch(text)) and len(text) <= LONGEST_EMAIL and text.isprintable()
