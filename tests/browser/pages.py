"""The dashboard's pages, and who may open all of them."""

from playwright.async_api import Page, expect

OPEN_TO_ADMINS = "adm"

PAGES = (
    "/conversations",
    "/kanban",
    "/contacts",
    "/operations/queue",
    "/operations/dead-letters",
    "/operations/sources",
    "/operations/audit",
    "/administration/users",
    "/administration/sources",
    "/administration/canned-replies",
    "/administration/labels",
    "/administration/destinations",
    "/administration/service-tokens",
    "/administration/retention",
)


async def shown(page: Page) -> None:
    """Return when the page is there with its data: it has a heading, and nothing that holds a place any more."""
    await expect(page.get_by_role("heading").first).to_be_attached()
    await expect(page.locator("main [aria-busy=true], main .animate-pulse")).to_have_count(0)
