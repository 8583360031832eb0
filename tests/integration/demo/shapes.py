"""The shape of JSON, without what it says; and the real payloads and transcripts to compare with."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Json = dict[str, Any]

ENVELOPE = ["event", "instance", "data", "destination", "date_time", "sender", "server_url", "apikey"]

_FIXTURES = Path(__file__).parents[2] / "fixtures" / "evolution"
_TRANSCRIPTS = Path(__file__).parent / "transcripts"
_EXCHANGE = re.compile(
    r"^### (?P<method>\S+) (?P<path>\S+) ?(?P<body>.*)\n(?P<answer>.*)\n\[status (?P<status>\d+)\]$", re.MULTILINE
)


def recorded(number: str) -> Json:
    """A webhook that Evolution really posted, by the number its file begins with."""
    (file,) = _FIXTURES.glob(f"{number}_*.json")
    payload: Json = json.loads(file.read_text())
    return payload


def structure(value: Any) -> Any:
    """Keys in their order and kinds of values. A run of bytes is one kind, however long."""
    if isinstance(value, dict):
        if value and all(key.isdigit() for key in value):
            return "bytes"
        return {key: structure(item) for key, item in value.items()}
    if isinstance(value, list):
        return [structure(item) for item in value[:1]]
    return type(value).__name__


def in_order(value: Any) -> str:
    """A structure as text, so that the order of keys counts."""
    return json.dumps(structure(value))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request to the real Evolution and its literal answer."""

    method: str
    path: str
    body: str
    status: int
    answer: Any


def exchanges(transcript: str) -> Iterator[Exchange]:
    """Every exchange of a transcript whose request was noted whole."""
    for match in _EXCHANGE.finditer((_TRANSCRIPTS / f"{transcript}.txt").read_text()):
        answer = json.loads(match["answer"]) if match["answer"] else None
        yield Exchange(match["method"], match["path"], match["body"], int(match["status"]), answer)
