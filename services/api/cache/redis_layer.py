"""The second layer: entries in Redis, shared by all processes."""

import hashlib
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from services.api.cache.entries import Entry, EntryError, decode_entry, encode_entry
from services.api.cache.link import AwayError, Link
from services.api.cache.memory import Place
from services.api.cache.wire import Argument

# Who reads tells the others to wait for so long. A reader that needs longer is not waited for anyway.
LEASE_MS = 3000
# So long may a reader take; then its key is gone and what it read is not kept.
READING_MS = 15_000
# Of one key: the lists of a clinic under all their filters.
MOST_FIELDS = 512
MOST_KEY_BYTES = 16 * 1024 * 1024

State = Literal["same", "found", "read", "wait"]
Outcome = Literal["stored", "outdated", "full", "too_large"]
MOST_ENTRY_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Looked:
    """What there is at a place: what the caller holds, an entry, or nothing: to be read by the caller or somebody else."""

    state: State
    generation: bytes
    entry: Entry | None = None
    seconds_left: float = 0.0


class _Script:
    def __init__(self, name: str) -> None:
        self._source = Path(__file__).with_name(name).read_bytes()
        self._sha = hashlib.sha1(self._source, usedforsecurity=False).hexdigest()

    async def call(self, link: Link, *arguments: Argument) -> Any:
        """Call it by its hash; sent whole where Redis does not know it, on the link that the arguments are for."""
        since = link.since
        try:
            return await link.ask("EVALSHA", self._sha, 1, *arguments)
        except AwayError as error:
            if "NOSCRIPT" not in str(error.__cause__) or link.since != since:
                raise
        return await link.ask("EVAL", self._source, 1, *arguments)


_lookup = _Script("lookup.lua")
_store = _Script("store.lua")


class RedisLayer:
    """Looks and keeps. Every call but `release` may raise AwayError."""

    def __init__(self, link: Link, compress_from: int) -> None:
        self._link = link
        self._compress_from = compress_from

    async def look(self, place: Place, held: bytes = b"", *, renew: bool = False) -> Looked:
        """What there is, beside what the caller holds of a generation; with `renew`, whether the caller shall read anew."""
        state, generation, *found = await _lookup.call(
            self._link,
            place.key,
            place.field,
            held,
            secrets.token_bytes(12),
            self._link.since,
            LEASE_MS,
            READING_MS,
            "1" if renew else "0",
        )
        if state != b"found":
            return Looked(state.decode(), generation)
        try:
            return Looked("found", generation, decode_entry(found[1]), found[0] / 1000)
        except EntryError:
            return Looked("read", generation)

    async def store(self, place: Place, generation: bytes, entry: Entry, seconds: float) -> Outcome:
        """Keep what was read in a generation, if that is not over."""
        encoded = encode_entry(entry, self._compress_from)
        if len(encoded) > MOST_ENTRY_BYTES or len(entry.data) > MOST_ENTRY_BYTES:
            return "too_large"
        outcome = await _store.call(
            self._link,
            place.key,
            place.field,
            generation,
            encoded,
            int(seconds * 1000),
            MOST_FIELDS,
            MOST_KEY_BYTES,
        )
        return outcome.decode()  # type: ignore[no-any-return]

    async def release(self, place: Place) -> None:
        """Let nobody wait for a reading of which nothing is kept. Where Redis is away nobody does."""
        with suppress(AwayError):
            await self._link.ask("HDEL", place.key, f"lease:{place.field}")

    async def generation(self, key: str) -> bytes | None:
        """The key's generation, where it has one that can be believed."""
        generation, begun = await self._link.ask("HMGET", key, "generation", "begun")
        return generation if begun is not None and int(begun) > self._link.since else None
