"""Takes the sender's API key out of a body before it is stored anywhere, the broker's disk included.

Bytes are cut, not parsed and written again, because a parser changes what it passes on (big numbers, doubled keys).
"""

import re

# A member and the comma behind it. It begins with letters, not with a choice: that makes the search ten times as fast.
_MEMBER = re.compile(
    rb'("(?:apikey|api_key|apiKey)"\s*+:\s*+(?:"(?:[^"\\]++|\\.)*+"|[-+.0-9a-zA-Z]++))(?:\s*+,)?', re.DOTALL
)
_BACKSLASH = ord("\\")


def without_api_key(body: bytes) -> bytes:
    """The same JSON without its API keys, be they strings or other scalars. The body must be valid JSON."""
    kept: list[bytes] = []
    position = 0
    for member in _MEMBER.finditer(body):
        if body[member.start() - 1] == _BACKSLASH:
            continue  # an escaped quote inside another key: the quote that opens a string never has one in front
        before = body[position : member.start()]
        rest = before.rstrip()
        if rest.endswith(b","):
            kept.append(rest[:-1])
            position = member.end(1)
        else:
            kept.append(before)
            position = member.end()
    kept.append(body[position:])
    return b"".join(kept)
