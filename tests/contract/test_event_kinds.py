"""Kinds of live events against the code that makes them: none without a model, no model without a maker."""

import re

from services.realtime_gateway.protocol.events import EVENTS
from tests.contract.tables import ROOT

CODE = {
    path: path.read_text("utf-8")
    for place in ("services", "shared")
    for path in (ROOT / place).rglob("*.py")
    if path.parent.name != "protocol" and path.name not in {"kinds.py", "examples.py"}
}


def test_every_event_that_is_made_has_a_model() -> None:
    """A producer that names a kind names one that documents know."""
    made = {name for text in CODE.values() for name in re.findall(r'live_event\(\s*"([^"]+)"', text)}

    assert "message:new" in made
    assert made <= EVENTS.keys()


def test_every_model_has_a_maker() -> None:
    """Documents promise nothing that no code says."""
    for name in EVENTS:
        assert any(f'"{name}"' in text for text in CODE.values()), name
