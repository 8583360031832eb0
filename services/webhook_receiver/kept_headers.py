"""Which of a request's headers travel with its body: what helps to understand a dead letter, and no secret. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

MAX_HEADERS = 40
MAX_VALUE_CHARACTERS = 256
MAX_CHARACTERS = 4096

RawHeaders = tuple[tuple[bytes, bytes], ...]

# What differs from one webhook to the next, and what is left out anyway: not worth a place in the cache's key.
_LEFT_OUT = {"authorization", "content-length"}
_NO_KEY = frozenset(spelling for name in _LEFT_OUT for spelling in (name.encode(), name.title().encode()))
_SECRET_NAME = re.compile("auth|cookie|credential|jwt|key|pass|secret|session|signature|token")
_UNPRINTABLE = re.compile(r"[^\t\x20-\x7e\x80-\U0010ffff]|[\ud800-\udfff]|[\x80-\x9f]")


def kept_headers(raw: RawHeaders, token: str) -> Mapping[str, str]:
    """Lower-case names to values, those of a name sent twice joined; not to be changed, for it is shared.

    Left out are headers that are named like a secret or show the webhook's own URL, as proxies' do, and those beyond the
    bounds, which are on their number, on each value and on all together.
    """
    key = tuple(pair for pair in raw if pair[0] not in _NO_KEY)
    if sum(len(name) + len(value) for name, value in key) > MAX_CHARACTERS:
        return _kept(key, token)  # one sender's odd headers must not fill the memory
    return _cached(key, token)


def names_a_secret(name: str) -> bool:
    """Whether a header's name, in lower case, says that its value is nobody's business."""
    return _SECRET_NAME.search(name) is not None


def _kept(raw: RawHeaders, token: str) -> Mapping[str, str]:
    kept: dict[str, str] = {}
    room = MAX_CHARACTERS
    for name, value in _allowed(raw, token):
        whole = f"{kept[name]}, {value}" if name in kept else value
        text = whole[:MAX_VALUE_CHARACTERS]
        room -= len(name) + len(text) - (len(name) + len(kept[name]) if name in kept else 0)
        if room < 0 or (name not in kept and len(kept) == MAX_HEADERS):
            break
        kept[name] = text
    return kept


_cached = lru_cache(maxsize=1024)(_kept)


def _allowed(raw: RawHeaders, token: str) -> Iterator[tuple[str, str]]:
    for name, value in _texts(raw):
        if name not in _LEFT_OUT and not names_a_secret(name) and token not in value and "/webhooks/" not in value:
            yield name, value


def _texts(raw: RawHeaders) -> Iterable[tuple[str, str]]:
    """As text that JSON and Postgres can hold, whatever bytes were sent."""
    for name, value in raw:
        yield _printable(name).lower(), _printable(value)


def _printable(text: bytes) -> str:
    return _UNPRINTABLE.sub("?", text.decode("utf-8", "replace"))
