"""What axe finds wrong with a page. Its script comes past the policy, so the context needs `bypass_csp=True`."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from playwright.async_api import Page, expect

from tests.product import ROOT

AXE = ROOT / "services" / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast"]}
STILL = "document.getAnimations().every((one) => one.effect.getTiming().iterations === Infinity)"


async def violations(page: Page, *, but: Sequence[str] = ()) -> list[str]:
    """Each violation, but of some rules, with its elements, as somebody who repairs it reads it.

    The other theme differs in its colours alone: in it nothing else is looked at again.
    """
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE)
    disabled = {rule: {"enabled": False} for rule in but}
    found = await _run(page, {"runOnly": RULES, "rules": disabled})
    theme = await page.locator("html").get_attribute("data-theme")
    await _wear(page, "light" if theme == "dark" else "dark")
    found += await _run(page, {"runOnly": COLOURS})
    await _wear(page, "dark" if theme == "dark" else "light")
    return found


async def _run(page: Page, options: dict[str, Any]) -> list[str]:
    chosen = json.dumps({"resultTypes": ["violations"], **options})
    found: list[dict[str, Any]] = await page.evaluate(f"axe.run(document, {chosen}).then((found) => found.violations)")
    return [f"{each['id']}: {each['help']}: {_nodes(each)}" for each in found]


async def _wear(page: Page, theme: Literal["light", "dark"]) -> None:
    """Have the system's theme be this one, and its colours be there."""
    await page.emulate_media(color_scheme=theme)
    await expect(page.locator("html")).to_have_attribute("data-theme", theme)
    await page.wait_for_function(STILL)


def _nodes(violation: dict[str, Any]) -> str:
    return "; ".join(f"{node['html'][:160]} ({node['failureSummary']})" for node in violation["nodes"][:3])
