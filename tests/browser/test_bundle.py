"""How much script the first load takes."""

import gzip
import json
from pathlib import Path

MOST_BYTES = 250 * 1000
FIRST_PAGES = ("src/session/LoginPage.tsx", "src/conversations/ConversationsPage.tsx")


def test_the_first_load_is_small(built_dashboard: Path) -> None:
    """Everything that the login page and the conversations need is at most 250 kB of compressed script."""
    manifest = json.loads((built_dashboard / ".vite" / "manifest.json").read_text("utf-8"))
    files: set[str] = set()
    waiting = ["index.html", *(page for page in FIRST_PAGES if page in manifest)]
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            files.add(manifest[name]["file"])
            waiting.extend(manifest[name].get("imports", ()))
    sizes = {
        file: len(gzip.compress((built_dashboard / file).read_bytes(), 9)) for file in files if file.endswith(".js")
    }

    assert sizes, manifest
    assert sum(sizes.values()) <= MOST_BYTES, sizes
