"""Which of a request's headers travel with its body: what helps to understand a dead letter, and no secret. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

MAX_HEADERS = 40
MAX_VALUE_CHARACTERS = 256
MAX_CHARACTERS = 4096
MAX_SEEN = 1024

_Header = tuple[bytes, bytes]
RawHeaders = tuple[_Header, ...]
_Key = tuple[str, RawHeaders]

# What differs from one webhook to the next, and what is left out anyway: not worth a place in the cache's key. The context of
# a trace is kept elsewhere.
_LEFT_OUT = {"authorization", "content-length", "traceparent", "tracestate"}
_NO_KEY = frozenset(spelling for name in _LEFT_OUT for spelling in (name.encode(), name.title().encode()))
_SECRET_NAME = re.compile("auth|cookie|credential|jwt|key|pass|secret|session|signature|token")
# A sender's are nearly always the same.
_seen: dict[_Key, Mapping[str, str]] = {}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def kept_headers(raw: RawHeaders, token: str) -> Mapping[str, str]:
    """Lower-case names to values, those of a name sent twice joined; not to be changed, for it is shared.

    Left out are headers that are named like a secret or show the webhook's own URL, as proxies' do, and those beyond the
    bounds, which are on their number, on each value and on all together.
    """
    key = (token, tuple([pair for pair in raw if pair[0] not in _NO_KEY]))
    known = _seen.get(key)
    return _remembered(key) if known is None else known


def names_a_secret(name: str) -> bool:
    """Whether a header's name, in lower case, says that its value is nobody's business."""
    return _SECRET_NAME.search(name) is not None


def _kept(raw: Iterable[_Header], token: str) -> Mapping[str, str]:
    kept: dict[str, str] = {}
    room = MAX_CHARACTERS
    for name, value in _allowed(raw, token):
        before = kept.get(name)
        text = (value if before is None else f"{before}, {value}")[:MAX_VALUE_CHARACTERS]
        room -= len(name) + len(text) if before is None else len(text) - len(before)
        if room < 0 or (before is None and len(kept) == MAX_HEADERS):
            break
        kept[name] = text
    return kept


def _remembered(key: _Key) -> Mapping[str, str]:
    token, raw = key
    kept = _kept(raw, token)
    if sum(len(name) + len(value) for name, value in raw) <= MAX_CHARACTERS:  # odd headers must not fill the memory
        if len(_seen) >= MAX_SEEN:
            _seen.clear()
        _seen[key] = kept
    return kept


def _allowed(raw: Iterable[_Header], token: str) -> Iterator[tuple[str, str]]:
    for name, value in _texts(raw):
        if name not in _LEFT_OUT and not names_a_secret(name) and token not in value and "/webhooks/" not in value:
            yield name, value


def _texts(raw: Iterable[_Header]) -> Iterable[tuple[str, str]]:
    """As text that JSON and Postgres can hold, whatever bytes were sent."""
    for name, value in raw:
        yield _printable(name).lower(), _printable(value)


def _printable(text: bytes) -> str:
    return _UNPRINTABLE.sub("?", text.decode("utf-8", "replace"))
