"""Licences by their names in SPDX, and which of them may be shipped."""

import re
from email.message import Message

# Those that ask for their text to come along, and two that ask for more: changes to the files of MPL stay under it, and
# whoever gets LGPL's must be able to replace it, which a Python package of its own is.
ALLOWED = frozenset({
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0",
    "Unlicense",
})  # fmt: skip
# What was written before there was a field for it.
_WRITTEN = {"Apache 2.0": "Apache-2.0", "MIT License": "MIT", "Apache License 2.0": "Apache-2.0"}
_CLASSIFIED = {
    "MIT License": "MIT",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "Python Software Foundation License": "PSF-2.0",
}


def licence_of(told: Message) -> str:
    """A package's licence as an expression of SPDX; empty where it says none."""
    if expression := told.get("License-Expression"):
        return str(expression)
    written = str(told.get("License") or "").strip()
    if (written := _WRITTEN.get(written, written)) in ALLOWED:
        return written
    classified = [str(line).rpartition(" :: ")[2] for line in told.get_all("Classifier") or [] if "License ::" in line]
    return " OR ".join(_CLASSIFIED.get(name, name) for name in classified)


def is_allowed(expression: str) -> bool:
    """Whether everything that an expression names may be shipped: an exception is decided by a person, here."""
    named = [word for word in re.split(r"[\s()]+", expression) if word and word not in {"AND", "OR"}]
    return bool(named) and all(name in ALLOWED for name in named)
