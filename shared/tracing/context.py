"""W3C trace context as the two headers that carry it: a caller's, or the one that an event has by its correlation id. Pure.

Headers stay text from the door to where a call is made of them, so that an event costs no more than carrying them.
"""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from multidict import MultiMapping

TraceHeaders = Mapping[str, str]

TRACEPARENT, TRACESTATE = "traceparent", "tracestate"
MAX_TRACEPARENT_CHARACTERS = 256
MAX_TRACESTATE_CHARACTERS = 512

# Trace, span and flags. Versions to come may say more than that; this one may not, and there will be no ff.
_IDS = "(-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})"
_TRACEPARENT = re.compile(f"00{_IDS}|(?!00|ff)[0-9a-f]{{2}}{_IDS}(?:-.*)?")
_PRINTABLE = re.compile("[\t -~]*")
_SPAN_BITS = 64
_TRACE, _SPAN = slice(3, 35), slice(36, 52)


def accepted(headers: MultiMapping[str]) -> dict[str, str] | None:
    """The trace that a caller is in; None where it is in none, or says so in a way that nobody could read."""
    if TRACEPARENT not in headers:  # as in nearly every request
        return None
    parents = headers.getall(TRACEPARENT)
    known = _readable(parents[0]) if len(parents) == 1 else None
    if known is None:
        return None
    state = ",".join(headers.getall(TRACESTATE, ()))
    fits = 0 < len(state) <= MAX_TRACESTATE_CHARACTERS and _PRINTABLE.fullmatch(state)
    return {TRACEPARENT: known, TRACESTATE: state} if fits else {TRACEPARENT: known}


def begun(correlation_id: UUID) -> dict[str, str]:
    """The trace of what came in none: its id is the correlation id's, so that either is found by the other.

    It is said to be recorded, for it is: in the database. Callees that follow their callers would keep nothing otherwise.
    """
    if not correlation_id.int:
        return {}  # no trace may have that id
    span_id = correlation_id.int % (1 << _SPAN_BITS) or 1
    return {TRACEPARENT: f"00-{correlation_id.hex}-{span_id:016x}-01"}


def context_of(kept: Any, correlation_id: UUID) -> TraceHeaders:
    """The trace of an event of which something was kept as JSON, or nothing."""
    if isinstance(kept, dict) and _readable(str(kept.get(TRACEPARENT, ""))):
        return kept
    return begun(correlation_id)


def has_parent(headers: TraceHeaders) -> bool:
    """Whether somebody's span is named, and not only the trace that `begun` gives."""
    parent = headers.get(TRACEPARENT, "")
    return parent[_TRACE][-16:] != parent[_SPAN]


def trace_id_of(headers: TraceHeaders) -> str:
    """32 digits, or nothing."""
    return headers.get(TRACEPARENT, "")[_TRACE]


def _readable(text: str) -> str | None:
    """In this version's words."""
    if len(text) > MAX_TRACEPARENT_CHARACTERS or (found := _TRACEPARENT.fullmatch(text)) is None:
        return None
    return f"00{found[1] or found[2]}"
