"""Takes secrets out of a body before it is stored anywhere, the broker's disk included.

Everywhere: the sender's API key. In the events that hand out new credentials: those. In the headers that n8n's webhook
node passes on: what is named like a secret. Nothing else, for members of these names elsewhere may be a patient's.

Bytes are cut, not parsed and written again, because a parser changes what it passes on (big numbers, doubled keys).
"""

import re
from collections.abc import Iterable

from services.webhook_receiver.kept_headers import names_a_secret

_STRING = rb'"(?:[^"\\]++|\\.)*+"'


def _members(names: bytes) -> re.Pattern[bytes]:
    """Members with scalar values, and the comma behind them. It begins with the names' quote and letters, not with a
    choice: that makes the search ten times as fast.
    """
    return re.compile(rb'("(?:' + names + rb')"\s*+:\s*+(?:' + _STRING + rb"|[-+.0-9a-zA-Z]++))(?:\s*+,)?", re.DOTALL)


_API_KEYS = _members(rb"apikey|api_key|apiKey")
_CREDENTIALS = _members(rb"hash|token|jwt")
# Evolution's `instance.create` and version 1's `new.jwt`, in every spelling that a version has used.
_HANDS_OUT = re.compile(rb'"event"\s*+:\s*+"(?i:instance[._-]create|new[._-]jwt(?:[._-]token)?)"')
# As n8n writes them: an object of strings, or of arrays of strings.
_HEADERS = re.compile(rb'"headers"\s*+:\s*+\{(?:' + _STRING + rb'|[^"{}]++)*+\}', re.DOTALL)
_HEADER = re.compile(
    rb'("((?:[^"\\]++|\\.)*+)"\s*+:\s*+(?:'
    + _STRING
    + rb"|\[(?:"
    + _STRING
    + rb'|[^"\[\]{}]++)*+\]|[-+.0-9a-zA-Z]++))(?:\s*+,)?',
    re.DOTALL,
)
_BACKSLASH = ord("\\")


def without_secrets(body: bytes) -> bytes:
    """The same JSON without its secrets. The body must be valid JSON."""
    clean = without_api_key(body)
    if _HANDS_OUT.search(clean):
        clean = _without(clean, _CREDENTIALS.finditer(clean))
    return _without_secret_headers(clean) if b'"headers"' in clean else clean


def without_api_key(body: bytes) -> bytes:
    """The same JSON without its API keys, be they strings or other scalars. The body must be valid JSON."""
    return _without(body, _API_KEYS.finditer(body))


def _without_secret_headers(body: bytes) -> bytes:
    kept: list[bytes] = []
    position = 0
    for headers in _HEADERS.finditer(body):
        if body[headers.start() - 1] == _BACKSLASH:
            continue
        inside = body.index(b"{", headers.start()) + 1
        written = body[inside : headers.end()]
        secret = (
            header
            for header in _HEADER.finditer(written)
            if names_a_secret(header[2].decode("utf-8", "replace").lower())
        )
        kept += body[position:inside], _without(written, secret)
        position = headers.end()
    kept.append(body[position:])
    return b"".join(kept)


def _without(body: bytes, members: Iterable[re.Match[bytes]]) -> bytes:
    kept: list[bytes] = []
    position = 0
    for member in members:
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
