"""Is a body JSON, and what kind of value? Answered by the grammar alone (RFC 8259), whatever a parser makes of it.

What is JSON is accepted, also where nothing downstream can hold it: lone surrogates, huge numbers, any depth.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

import orjson

Verdict = Literal["object", "array", "empty array", "other", "invalid"]

_TOKEN = re.compile(
    r"[ \t\n\r]*(?:(?P<punctuation>[{}\[\]:,])"
    r'|(?P<string>"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+")'
    r"|(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null))"
)
_VERDICTS: dict[str, Verdict] = {"{": "object", "[": "array"}


def judge(body: bytes) -> Verdict | None:
    """What a body is, or None where only `judge_by_grammar` can tell: the fast parser refuses some valid JSON."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, dict):
        return "object"
    if isinstance(value, list):
        return "array" if value else "empty array"
    return "other"


def judge_by_grammar(body: bytes) -> Verdict:
    """What a body is, at any depth. Some seconds for the largest bodies: not to be called on the event loop."""
    try:
        text = body.decode("utf-8").strip(" \t\n\r")
        if not _is_one_value(_tokens(text)):
            return "invalid"
    except ValueError:
        return "invalid"
    return _VERDICTS.get(text[0], "other")


def _tokens(text: str) -> Iterator[str]:
    """Punctuation as it is, `s` for a string, `v` for any other scalar. Raises ValueError at anything else."""
    position = 0
    while position < len(text):
        token = _TOKEN.match(text, position)
        if token is None:
            raise ValueError("not a JSON token")
        yield token["punctuation"] or ("v" if token["string"] is None else "s")
        position = token.end()


def _is_one_value(tokens: Iterable[str]) -> bool:
    """A pushdown automaton: depth costs an entry in a list, not a frame on the stack."""
    containers: list[str] = []
    expected = "value"
    for token in tokens:
        following = _next(expected, token, containers)
        if following is None:
            return False
        expected = following
    return expected == "nothing"


def _next(expected: str, symbol: str, containers: list[str]) -> str | None:
    """What may come after a token, or None where the token may not stand."""
    match expected, symbol:
        case ("value" | "first value", "{" | "["):
            containers.append(symbol)
            return "first key" if symbol == "{" else "first value"
        case ("value" | "first value", "s" | "v"):
            return "more" if containers else "nothing"
        case ("key" | "first key", "s"):
            return "colon"
        case ("colon", ":"):
            return "value"
        case ("more", ","):
            return "key" if containers[-1] == "{" else "value"
        case ("more" | "first key", "}") | ("more" | "first value", "]"):
            return _closed(symbol, containers)
    return None


def _closed(symbol: str, containers: list[str]) -> str | None:
    if containers.pop() + symbol not in ("{}", "[]"):
        return None
    return "more" if containers else "nothing"
