"""How much script the first load takes."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

MOST_BYTES = 250 * 1024
LANGUAGES = ("texts:pt-BR", "texts:en")
LOGIN, LIST = "src/session/LoginPage.tsx", "src/conversations/ConversationsPage.tsx"
FIRST_PAGES = ((LOGIN,), (LIST,), (LIST, "src/conversations/pane/ConversationPane.tsx"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("parts", FIRST_PAGES, ids=["login", "list", "conversation"])
def test_the_first_load_is_small(built_dashboard: Path, parts: tuple[str, ...], language: str) -> None:
    """Whether it ends at the login page, at the list or in a conversation: at most 250 KiB of compressed script."""
    manifest = json.loads((built_dashboard / ".vite" / "manifest.json").read_text("utf-8"))
    files = {manifest[name]["file"] for name in _needed(manifest, ["index.html", language, *parts])}
    sizes = {file: len(gzip.compress((built_dashboard / file).read_bytes(), 9)) for file in files}

    assert len(sizes) > 1
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_the_first_load_brings_one_language(built_dashboard: Path) -> None:
    """Neither is part of what every page imports."""
    manifest = json.loads((built_dashboard / ".vite" / "manifest.json").read_text("utf-8"))
    assert _needed(manifest, ["index.html", LIST]).isdisjoint(LANGUAGES)


def _needed(manifest: dict[str, Any], names: Iterable[str]) -> set[str]:
    """These parts, and what they import before they run."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(manifest[name].get("imports", ()))
    return found
