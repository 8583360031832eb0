"""Conversations for the tests of the desk, and where they are on its pages."""

import itertools
import os
from typing import Any

import psycopg
from playwright.async_api import Locator, Page, expect
from psycopg.rows import DictRow

from tests.integration.api.factories import add_contact, add_conversation, add_message

Owner = psycopg.Connection[DictRow]

USERS = {"ana": 1, "bruno": 2, "sofia": 3}
_names = itertools.count(os.getpid() * 1000)


def add_talk(owner: Owner, *texts: str, sender: str = "patient", **columns: Any) -> DictRow:
    """A conversation with somebody new who has said these things; its `contact_name` is nobody else's."""
    name = f"Paciente {next(_names)}"
    contact = add_contact(owner, name=name, phone=f"55118{next(_names):08d}"[:13])
    conversation = add_conversation(owner, contact_id=contact["id"], **columns)
    for text in texts:
        add_message(owner, conversation, content=text, sender_type=sender)
    return {**conversation, "contact_name": name}


def row_of(page: Page, conversation: DictRow) -> Locator:
    """A conversation's row in the list."""
    return page.locator(f"[data-conversation='{conversation['id']}']")


def composer_of(page: Page, conversation: DictRow) -> Locator:
    """Where one writes to the patient."""
    return page.get_by_role("textbox", name=f"Resposta para {conversation['contact_name']}")


def card_in(page: Page, column: str, conversation: DictRow) -> Locator:
    """A conversation's card, in a column of the board."""
    return page.locator(f"[data-column='{column}'] [data-card='{conversation['id']}']")


async def open_talk(page: Page, conversation: DictRow) -> None:
    """Go to a conversation, and wait until its events arrive."""
    await page.goto(f"/conversations/{conversation['id']}?tab=all")
    await expect(page.get_by_role("heading", name=conversation["contact_name"])).to_be_visible()
    await expect(page.locator("[data-liveness=live]").first).to_be_visible()
