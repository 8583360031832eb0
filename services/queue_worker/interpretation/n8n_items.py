"""The events in what an n8n workflow posts: one, several, or either inside the wrapper its own webhook node puts on."""

from typing import Any

_WRAPPER = frozenset({"headers", "params", "query", "body"})
_DEEPEST = 8


def split_n8n(body: Any) -> list[Any]:
    """Every event of a body, in order. What is no object is kept: it is somebody's mistake, and must be seen."""
    return _split(body, depth=0)


def _split(value: Any, depth: int) -> list[Any]:
    if depth == _DEEPEST:
        return [value]
    if isinstance(value, list):
        return [event for item in value for event in _split(item, depth + 1)]
    return _split(value["body"], depth + 1) if _is_wrapper(value) else [value]


def _is_wrapper(value: Any) -> bool:
    # Workflows often pass on the body alone, still under its name.
    return isinstance(value, dict) and (value.keys() >= _WRAPPER or ("event" not in value and _holds_events(value)))


def _holds_events(value: dict[str, Any]) -> bool:
    return isinstance(value.get("body"), dict | list)
