"""Entries, and how they look in Redis: one letter that says what it is, then the bytes."""

import zlib
from dataclasses import dataclass
from typing import Literal

Form = Literal["body", "alias", "missing"]

_LETTERS: dict[Form, bytes] = {"body": b"b", "alias": b"a", "missing": b"m"}
_FORMS: dict[bytes, Form] = {letter: form for form, letter in _LETTERS.items()}
_COMPRESSED = b"z"
# The fastest level: JSON shrinks to a fifth, at some 100 MB a second.
_LEVEL = 1
# Our own entries are smaller; what would unpack to more was written by somebody else.
MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer's body, another name to look under, or that there is nothing."""

    form: Form
    data: bytes


class EntryError(ValueError):
    """These bytes are no entry."""


def encode_entry(entry: Entry, compress_from: int) -> bytes:
    """The entry as Redis keeps it, compressed where its body has at least so many bytes."""
    if entry.form == "body" and len(entry.data) >= compress_from:
        return _COMPRESSED + zlib.compress(entry.data, _LEVEL)
    return _LETTERS[entry.form] + entry.data


def decode_entry(encoded: bytes) -> Entry:
    """The entry that was encoded. Raises EntryError."""
    letter, data = encoded[:1], encoded[1:]
    if letter == _COMPRESSED:
        return Entry("body", _unpacked(data))
    if letter not in _FORMS:
        raise EntryError("unknown letter")
    return Entry(_FORMS[letter], data)


def _unpacked(data: bytes) -> bytes:
    unpacking = zlib.decompressobj()
    try:
        unpacked = unpacking.decompress(data, MOST_BYTES)
    except zlib.error as error:
        raise EntryError(str(error)) from error
    if not unpacking.eof:
        raise EntryError("incomplete, or too large")
    return unpacked
