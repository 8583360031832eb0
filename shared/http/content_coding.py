"""Bodies that came compressed. Services unfold them themselves: what the framework cannot unfold it answers on its own,
past every service's errors and measurements.
"""

import zlib
from typing import Final

# For `handler_args` of a web.Application: bodies come as they were sent.
AS_SENT: Final = {"auto_decompress": False}
KNOWN: Final = "gzip, deflate"

_GZIP = 16 + zlib.MAX_WBITS
_CODINGS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS)}


class UnknownCodingError(ValueError):
    """A body's coding is not one of KNOWN."""


class BrokenBodyError(ValueError):
    """A body is not what its coding says."""


class LargeBodyError(ValueError):
    """A body unfolds to more than is taken."""


def is_coded(stated: str) -> bool:
    """Whether a Content-Encoding says that there is something to unfold."""
    return stated.strip().lower() not in {"", "identity"}


def unfolded(body: bytes, stated: str, most: int) -> bytes:
    """The body without its coding; never more than `most` bytes and one are made of it.

    Raises UnknownCodingError, BrokenBodyError and LargeBodyError.
    """
    if not is_coded(stated):
        return body
    windows = _CODINGS.get(stated.strip().lower())
    if windows is None:
        raise UnknownCodingError
    for window in windows[:-1]:
        try:
            return _unfolded(body, window, most)
        except BrokenBodyError:  # as some senders' deflate, which lacks the header that its definition asks for
            continue
    return _unfolded(body, windows[-1], most)


def _unfolded(body: bytes, window: int, most: int) -> bytes:
    unfolding = zlib.decompressobj(window)
    try:
        found = unfolding.decompress(body, most + 1)
    except zlib.error as error:
        raise BrokenBodyError from error
    if len(found) > most:
        raise LargeBodyError
    if not unfolding.eof or unfolding.unused_data:
        raise BrokenBodyError
    return found
