"""How much script the first load takes."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

MOST_BYTES = 250 * 1024
FIRST_PAGES = ("src/session/LoginPage.tsx", "src/conversations/ConversationsPage.tsx")


@pytest.mark.parametrize("page", FIRST_PAGES)
def test_the_first_load_is_small(built_dashboard: Path, page: str) -> None:
    """Whether it ends at the login page or at the conversations: at most 250 KiB of compressed script."""
    manifest = json.loads((built_dashboard / ".vite" / "manifest.json").read_text("utf-8"))
    files = {manifest[name]["file"] for name in _needed(manifest, ["index.html", page])}
    sizes = {file: len(gzip.compress((built_dashboard / file).read_bytes(), 9)) for file in files}

    assert len(sizes) > 1
    assert sum(sizes.values()) <= MOST_BYTES, sizes


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
