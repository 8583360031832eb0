"""How a conversation is named in a path: by its own id, or by the id an outside system knows it under."""

from dataclasses import dataclass

from services.api.storable import is_storable

LARGEST_ID = 2**63 - 1
LONGEST_REFERENCE = 255
_LONGEST_ID = len(str(LARGEST_ID))


@dataclass(frozen=True, slots=True)
class ConversationReference:
    """`own_id` is there where the text can be one. Both are looked for, and the own id wins."""

    own_id: int | None
    external_id: str


def parse_reference(text: str) -> ConversationReference | None:
    """The reference a path names, or None where no conversation can have that name."""
    if not text or len(text) > LONGEST_REFERENCE or not is_storable(text):
        return None
    return ConversationReference(parse_id(text), text)


def parse_id(text: str) -> int | None:
    """The id a text is, written the one way ids are written: WhatsApp-style ids exceed 64 bits and are not ours."""
    if len(text) > _LONGEST_ID or not (text.isascii() and text.isdigit()) or text.startswith("0"):
        return None
    number = int(text)
    return number if number <= LARGEST_ID else None
