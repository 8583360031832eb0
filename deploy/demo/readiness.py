"""Whether there is a product to play to."""

import asyncio
from collections.abc import Mapping

import aiohttp

from deploy.local.problem import Problem

_ANSWER_SECONDS = 5.0
_OK = 200


async def require_ready(http: aiohttp.ClientSession, services: Mapping[str, str]) -> None:
    """Return when every service says that it is ready. Raises Problem, naming those that do not."""
    answers = await asyncio.gather(*(_answer(http, url) for url in services.values()))
    silent = [
        f"{name}: {answer} ({url}/readyz)"
        for (name, url), answer in zip(services.items(), answers, strict=True)
        if answer != "ready"
    ]
    if silent:
        raise Problem("The product is not up.", "make up", silent)


async def _answer(http: aiohttp.ClientSession, url: str) -> str:
    try:
        async with http.get(f"{url}/readyz", timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS)) as response:
            return "ready" if response.status == _OK else f"answers {response.status}"
    except (aiohttp.ClientError, TimeoutError):
        return "does not answer"
