"""Where a page of a list ended, as an opaque text that a client hands back for the next one.

A cursor is a position in an order, not a row: it stays good when its row changes or goes. It says nothing about the
tenant, so a forged one shows nothing that the caller may not see.
"""

import binascii
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from services.api.storable import is_storable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAYOUT = struct.Struct(">Bqq")


class CursorError(ValueError):
    """A text that is no cursor of the list it was given to."""


class CursorKind(IntEnum):
    """The list a cursor belongs to. Small numbers: their base64 begins with a letter, so no cursor looks like an id."""

    CONVERSATIONS = 1
    MESSAGES = 2
    DEAD_LETTERS = 3
    AUDIT = 4
    CONTACTS = 5
    SEARCH = 6
    ACTIONS = 7
    CANNED_REPLIES = 8
    LABELS = 9
    SOURCES = 10
    ERASURES = 11
    SERVICE_TOKENS = 12


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a list ordered by time and, within one instant, by id."""

    at: datetime
    id: int


def encode_cursor(kind: CursorKind, position: Position) -> str:
    """The cursor of a position, exact to the microsecond."""
    microseconds = (position.at - EPOCH) // timedelta(microseconds=1)
    return urlsafe_b64encode(_LAYOUT.pack(kind, microseconds, position.id)).rstrip(b"=").decode()


def decode_cursor(kind: CursorKind, cursor: str) -> Position:
    """The position of a cursor. Raises CursorError, whatever the text."""
    try:
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        stated_kind, microseconds, row_id = _LAYOUT.unpack(packed)
        position = Position(EPOCH + timedelta(microseconds=microseconds), row_id)
    except (ValueError, binascii.Error, struct.error, OverflowError) as error:
        raise CursorError("not a cursor") from error
    if stated_kind != kind or encode_cursor(kind, position) != cursor:
        raise CursorError("not a cursor of this list")
    return position


def encode_word(kind: CursorKind, word: str) -> str:
    """The cursor of a place in a list that is ordered by words of which each stands there once."""
    return urlsafe_b64encode(bytes([kind]) + word.encode()).rstrip(b"=").decode()


def decode_word(kind: CursorKind, cursor: str) -> str:
    """The word of a cursor. Raises CursorError, whatever the text."""
    try:
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        word = packed[1:].decode()
    except ValueError as error:  # also of base64 and of encodings
        raise CursorError("not a cursor") from error
    if not is_storable(word) or encode_word(kind, word) != cursor:
        raise CursorError("not a cursor of this list")
    return word
