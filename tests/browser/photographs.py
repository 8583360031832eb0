"""Pictures of pages, kept in a bounded folder."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from tests.browser.agents import Agent


async def photograph(agents: Iterable[Agent], folder: Path, name: str, most: int) -> None:
    """Take a picture of every page that is open, with what went wrong in it, and keep no more than so many."""
    for number, agent in enumerate(agents):
        if not agent.page.is_closed():
            picture, text = await agent.page.screenshot(), "\n".join([agent.page.url, *agent.errors])
            await asyncio.to_thread(_keep, folder, f"{name}-{number}", picture, text, most)


def _keep(folder: Path, name: str, picture: bytes, text: str, most: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.png").write_bytes(picture)
    (folder / f"{name}.txt").write_text(text, "utf-8")
    for old in sorted(folder.glob("*.png"), key=lambda file: file.stat().st_mtime)[:-most]:
        old.unlink()
        old.with_suffix(".txt").unlink(missing_ok=True)
