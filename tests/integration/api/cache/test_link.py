"""The link itself, where it is lost while it waits for answers."""

import asyncio
import gc
from pathlib import Path
from typing import Any

from services.api.cache.link import Link
from tests.ports import free_port
from tests.redis_server import redis_server
from tests.waiting import until


async def test_a_link_that_is_lost_with_beats_on_their_way_leaves_no_error_behind(tmp_path: Path) -> None:
    """A Redis that falls silent is told once, by the link; each beat that it never answered has its failure taken."""
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context))
    async with redis_server(tmp_path, free_port()) as server:
        link = Link(server.url, 0.1, lambda: None)
        running = asyncio.create_task(link.run())
        try:
            await until(lambda: link.usable, what="the link")
            server.freeze()
            await until(lambda: not link.open, what="the link lost")
            await until(
                lambda: len(asyncio.all_tasks()) <= len({asyncio.current_task(), running}), what="the beats over"
            )
        finally:
            running.cancel()
            server.thaw()
    # Nobody holds the beats any more: those whose failures nobody took say so when they go.
    gc.collect()

    assert complaints == []
