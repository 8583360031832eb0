"""What of a found message is shown: the surroundings of the first hit, in parts, so that no markup is needed."""

from typing import Any

HIT, END = "\x02", "\x03"
_BEFORE, _LENGTH = 60, 200


def snippet(content: str, marked: str) -> list[dict[str, Any]]:
    """The parts of a snippet. `marked` is the folded content, of the same length but for the marks of hits."""
    hits = _hits(marked)
    if len(marked) - marked.count(HIT) - marked.count(END) != len(content):
        hits = []  # folding changed its length, so nobody knows where the hits are
    start = max(0, hits[0][0] - _BEFORE) if hits else 0
    end = min(len(content), start + _LENGTH)
    parts, at = [], start
    for begins, ends in hits:
        if begins >= end:
            break
        parts += [(content[at:begins], False), (content[begins : min(ends, end)], True)]
        at = min(ends, end)
    parts.append((content[at:end], False))
    return [{"text": text, "hit": hit} for text, hit in parts if text]


def _hits(marked: str) -> list[tuple[int, int]]:
    hits, at, begun = [], 0, 0
    for character in marked:
        if character == HIT:
            begun = at
        elif character == END:
            hits.append((begun, at))
        else:
            at += 1
    return hits
