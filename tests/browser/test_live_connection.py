"""The dashboard's live connection: what it says of itself, and what survives when it is lost."""

from playwright.async_api import expect

from tests.browser.conftest import AgentOf


async def test_the_connection_is_live_soon_after_the_page_opens(login_as: AgentOf) -> None:
    """Whoever opens the dashboard is told that events arrive."""
    ana = await login_as("ana")
    page = await ana.open("/contacts")
    await expect(page.locator("[data-liveness=live]").first).to_be_visible()
    assert ana.errors == []
