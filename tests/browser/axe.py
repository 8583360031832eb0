"""What axe finds wrong with a page. Its script comes past the policy, so the context needs `bypass_csp=True`."""

import json
from collections.abc import Sequence
from typing import Any

from playwright.async_api import Page

from tests.product import ROOT

AXE = ROOT / "services" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def violations(page: Page, *, but: Sequence[str] = ()) -> list[str]:
    """Each violation, but of some rules, with its elements, as somebody who repairs it reads it."""
    await page.add_script_tag(path=AXE)
    disabled = {rule: {"enabled": False} for rule in but}
    options = json.dumps({"runOnly": RULES, "resultTypes": ["violations"], "rules": disabled})
    found: list[dict[str, Any]] = await page.evaluate(f"axe.run(document, {options}).then((found) => found.violations)")
    return [f"{each['id']}: {each['help']}: {_nodes(each)}" for each in found]


def _nodes(violation: dict[str, Any]) -> str:
    return "; ".join(f"{node['html'][:160]} ({node['failureSummary']})" for node in violation["nodes"][:3])
