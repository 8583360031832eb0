"""Many conversations at once."""

import re

from playwright.async_api import Page, Route, expect
from psycopg.rows import DictRow

from tests.browser.conftest import AgentOf
from tests.browser.conversing import USERS, Owner, add_talk, row_of


async def select(page: Page, talk: DictRow, *, extend: bool = False) -> None:
    """Tick a conversation's box, which its row shows to a pointer."""
    await row_of(page, talk).hover()
    await page.get_by_role("checkbox", name=f"Selecionar {talk['contact_name']}").click(
        modifiers=["Shift"] if extend else []
    )


async def test_many_are_changed_at_once_and_those_that_are_not_say_why(login_as: AgentOf, owner: Owner) -> None:
    """Those that could be are gone from the list; of the others each is named, with its reason, and stays selected."""
    urgent = [add_talk(owner, "Oi", priority="urgent") for _ in range(3)]
    theirs = urgent[1]
    ana = await login_as("ana")
    page = await ana.open("/conversations?tab=unassigned&priority=urgent")
    await select(page, urgent[2])
    await select(page, urgent[0], extend=True)
    bar = page.get_by_role("toolbar", name="Ações para as selecionadas")
    await expect(bar).to_contain_text("3 selecionadas")

    # Somebody else took one of them, and this page was not told.
    async def take(route: Route) -> None:
        _give(owner, theirs)
        await route.continue_()

    await page.route("**/bulk", take)
    await bar.get_by_role("button", name="Atribuir").click()
    await page.get_by_role("menuitem", name="A mim").click()

    dialog = page.get_by_role("dialog", name="O que não pôde ser alterado")
    await expect(dialog.get_by_role("listitem")).to_have_text(
        [re.compile(f"{theirs['contact_name']}.*É de outra pessoa")]
    )
    await dialog.get_by_role("button", name="Fechar").first.click()
    for talk in (urgent[0], urgent[2]):
        await expect(row_of(page, talk)).to_have_count(0)
    stored = owner.execute(
        "SELECT assigned_to FROM conversations WHERE id = ANY (%s) ORDER BY id", [[talk["id"] for talk in urgent]]
    ).fetchall()
    assert [row["assigned_to"] for row in stored] == [USERS["ana"], USERS["bruno"], USERS["ana"]]
    assert ana.errors == []


def _give(owner: Owner, talk: DictRow) -> None:
    owner.execute("UPDATE conversations SET assigned_to = %s WHERE id = %s", [USERS["bruno"], talk["id"]])
