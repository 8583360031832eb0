"""Base64 on its way, decoded piece by piece: what arrives as text is never whole in memory twice."""

import binascii
import re
from collections.abc import AsyncIterable, AsyncIterator

_WHITE_SPACE = b" \t\r\n"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_QUANTUM = 4
_PREFIX = re.compile(r"data:[^,]{0,255};base64,")
# In JSON a quotation mark inside a string is always escaped, so this is nowhere but at the member itself.
_MEMBER = re.compile(rb'"base64"\s{0,8}:\s{0,8}"')
_LONGEST_MARK = 32


class Base64Error(ValueError):
    """The text is not base64."""


class Base64Decoder:
    """Strict, but for white space, the URL-safe alphabet and a missing end."""

    def __init__(self) -> None:
        self._rest = b""
        self._ended = False

    def feed(self, text: bytes) -> bytes:
        """The bytes of which enough has come. Raises Base64Error."""
        joined = self._rest + text.translate(_URL_SAFE, _WHITE_SPACE)
        whole = len(joined) - len(joined) % _QUANTUM
        self._rest = joined[whole:]
        return self._decode(joined[:whole])

    def finish(self) -> bytes:
        """The last bytes. Raises Base64Error where something is missing."""
        rest, self._rest = self._rest, b""
        return self._decode(rest + b"=" * (-len(rest) % _QUANTUM))

    def _decode(self, text: bytes) -> bytes:
        if not text:
            return b""
        if self._ended:
            raise Base64Error("there is more after the end")
        self._ended = b"=" in text
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except binascii.Error as error:
            raise Base64Error(str(error)) from error


async def decoded(text: str, piece: int = 1024 * 1024) -> AsyncIterator[bytes]:
    """The bytes of a text, which may be a data URL. Raises Base64Error."""
    decoder = Base64Decoder()
    prefix = _PREFIX.match(text)
    try:
        for start in range(prefix.end() if prefix else 0, len(text), piece):
            yield decoder.feed(text[start : start + piece].encode("ascii"))
    except UnicodeEncodeError as error:
        raise Base64Error("not ASCII") from error
    yield decoder.finish()


async def base64_member(chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The decoded value of the first member `base64` of a JSON text that arrives in pieces; nothing where it has none.

    Raises Base64Error, also where the text ends within the value.
    """
    decoder, waiting, found = Base64Decoder(), b"", False
    async for chunk in chunks:
        waiting += chunk
        if not found:
            mark = _MEMBER.search(waiting)
            found, waiting = mark is not None, waiting[mark.end() if mark else -_LONGEST_MARK :]
        if found:
            value, ended, _ = waiting.partition(b'"')
            # A solidus may be escaped; what else is, is no base64 and refused by the decoder.
            held = b"\\" if value.endswith(b"\\") and not ended else b""
            yield decoder.feed(value[: len(value) - len(held)].replace(b"\\/", b"/"))
            waiting = held
            if ended:
                yield decoder.finish()
                return
    if found:
        raise Base64Error("the value has no end")
