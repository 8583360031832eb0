"""Takes the sender's API key out of a body before it is stored anywhere, the broker's disk included."""

import re

# In valid JSON this can only be a key: inside a string its quotes would have a backslash in front. Bytes are cut, not
# parsed and written again, because a parser changes what it passes on (big numbers, doubled keys). The pattern begins
# with a literal, which the regex engine finds ten times faster than anything optional in front of it.
_API_KEY = re.compile(rb'"api(?:key|_key|Key)"\s*:\s*(?:"(?:[^"\\]|\\.)*+"|[-+.0-9a-zA-Z]+)\s*', re.DOTALL)
_BACKSLASH, _COMMA = b"\\,"
_SPACE = b" \t\n\r"


def without_api_key(body: bytes) -> bytes:
    """The same JSON without its API keys. The body must be valid JSON."""
    if _API_KEY.search(body) is None:
        return body
    kept = bytearray()
    position = 0
    for member in _API_KEY.finditer(body):
        start, end = member.span()
        if body[start - 1] == _BACKSLASH:
            continue
        kept += body[position:start]
        position = end + 1 if body[end] == _COMMA else end
        if body[end] != _COMMA:
            _drop_comma(kept)
    return bytes(kept + body[position:])


def _drop_comma(kept: bytearray) -> None:
    """The last member of an object leaves without the comma in front of it."""
    while kept[-1] in _SPACE:
        kept.pop()
    if kept[-1] == _COMMA:
        kept.pop()
