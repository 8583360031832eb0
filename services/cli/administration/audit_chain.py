"""Whether the audit log is as it was written: each entry against its link, each link against the one before. Pure.

The form in which an entry is hashed is computed here anew, not asked of the database that is being examined.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Break:
    """The first place at which the log is not as it was written; no sequence where an entry has no link."""

    sequence: int | None
    entry_id: int
    what: str


@dataclass(slots=True)
class Chain:
    """One clinic's chain, examined link by link from the first."""

    clinic_id: int
    sequence: int = 0
    hash: bytes = b""
    broken: Break | None = None
    redacted: int = 0
    expired: int = 0
    _redacted: dict[int, list[Row]] = field(default_factory=dict)
    _expired: list[Row] = field(default_factory=list)
    _told_redacted: Counter[int] = field(default_factory=Counter)
    _told_expired: int = 0
    _expired_through: int = 0

    def __post_init__(self) -> None:
        self.hash = hashlib.sha256(f"prosa audit {self.clinic_id}".encode()).digest()

    def take(self, links: Iterable[Row]) -> None:
        """Examine the next links, in their order, each with its entry beside it."""
        for link in links:
            what = self._link_fault(link) or self._entry_fault(link)
            if what is not None:
                self._break(link["sequence"], link["entry_id"], what)
            self.sequence, self.hash = link["sequence"], bytes(link["hash"])

    def end(self, unlinked: Iterable[int]) -> None:
        """Hold what is gone against what the log says was taken out, and name entries that have no link."""
        for erasure, links in self._redacted.items():
            self.redacted += len(links)
            if len(links) != self._told_redacted[erasure]:
                self._break(links[0]["sequence"], links[0]["entry_id"], "altered: no erasure says so")
        self.expired = len(self._expired)
        untold = [link for link in self._expired if link["sequence"] > self._expired_through]
        if untold or len(self._expired) != self._told_expired:
            link = (untold or self._expired or [{"sequence": self.sequence, "entry_id": 0}])[0]
            self._break(link["sequence"], link["entry_id"], "removed")
        for entry_id in unlinked:
            self._break(None, entry_id, "inserted past the chain")

    def _link_fault(self, link: Row) -> str | None:
        if link["sequence"] != self.sequence + 1:
            return f"links {self.sequence + 1} to {link['sequence'] - 1} are removed"
        if bytes(link["previous_hash"]) != self.hash:
            return "does not follow the link before"
        if link_hash(self.hash, link["sequence"], link["kind"], bytes(link["entry_digest"])) != bytes(link["hash"]):
            return "link altered"
        return None

    def _entry_fault(self, link: Row) -> str | None:
        if link["id"] is None:
            if link["kind"] != "read":
                return "removed"
            self._expired.append(link)
            return None
        if entry_digest(link) != bytes(link["entry_digest"]):
            return "altered"
        if hashlib.sha256(link["data_text"].encode()).digest() == bytes(link["data_digest"]):
            self._note_taken_out(link)
            return None
        erasure = _erasure_of(link["data_text"])
        if erasure is None:
            return "altered"
        self._redacted.setdefault(erasure, []).append(link)
        return None

    def _note_taken_out(self, link: Row) -> None:
        if link["action"] == "contact.erased":
            data = orjson.loads(link["data_text"])
            self._told_redacted[data["erasure"]] += data["redacted"]
        elif link["action"] == "audit.reads_expired":
            data = orjson.loads(link["data_text"])
            self._told_expired += data["count"]
            self._expired_through = max(self._expired_through, data["through"])

    def _break(self, sequence: int | None, entry_id: int, what: str) -> None:
        first = self.broken
        if first is None or (sequence is not None and (first.sequence is None or sequence < first.sequence)):
            self.broken = Break(sequence, entry_id, what)


def entry_digest(link: Row) -> bytes:
    """The digest of an entry, with the digest of its data as the link has it: the data itself may have been taken out."""
    fields = ("clinic_id", "id", "actor_user_id", "action", "subject_type", "subject_id", "microseconds")
    text = "".join(_field(link[name]) for name in fields) + _field(bytes(link["data_digest"]).hex())
    return hashlib.sha256(text.encode()).digest()


def link_hash(previous_hash: bytes, sequence: int, kind: str, digest: bytes) -> bytes:
    """The hash of a link."""
    return hashlib.sha256(previous_hash + (_field(sequence) + _field(kind)).encode() + digest).digest()


def _field(value: object) -> str:
    text = None if value is None else str(value)
    return "-," if text is None else f"{len(text.encode())}:{text},"


def _erasure_of(data_text: str) -> int | None:
    data = orjson.loads(data_text)
    if isinstance(data, dict) and data.keys() == {"erased"} and isinstance(data["erased"], int):
        return data["erased"]
    return None
