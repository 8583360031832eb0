"""The events in what a workflow posts."""

from typing import Any

import pytest

from services.queue_worker.interpretation.n8n_items import split_n8n

ONE, TWO = {"event": "message.created", "n": 1}, {"event": "message.created", "n": 2}


def wrapped(body: Any) -> dict[str, Any]:
    return {"headers": {}, "params": {}, "query": {}, "body": body, "webhookUrl": "https://n8n/x"}


@pytest.mark.parametrize(
    ("body", "events"),
    [
        (ONE, [ONE]),
        ([ONE, TWO], [ONE, TWO]),
        (wrapped(ONE), [ONE]),
        (wrapped([ONE, TWO]), [ONE, TWO]),
        ([wrapped(ONE), wrapped([TWO])], [ONE, TWO]),
        (wrapped(wrapped(ONE)), [ONE]),
        (wrapped([[ONE], [[TWO]]]), [ONE, TWO]),
        ({"body": ONE}, [ONE]),
        ({"body": [ONE, TWO]}, [ONE, TWO]),
        ({"event": "x", "body": ONE}, [{"event": "x", "body": ONE}]),
        ({"body": "text"}, [{"body": "text"}]),
        ([ONE, 7, None], [ONE, 7, None]),
        (wrapped("text"), ["text"]),
        ([], []),
    ],
)
def test_every_event_is_found_in_order(body: Any, events: list[Any]) -> None:
    """Objects, arrays and n8n's wrapper, in each other, give their events; what is no object is kept to be seen."""
    assert split_n8n(body) == events
