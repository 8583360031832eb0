"""Agents who answer patients meanwhile: each reply is posted until the API has it, and leaves through a stand-in."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

import aiohttp

from tests.chaos.clinics import PASSWORD, Clinic
from tests.chaos.ledger import Ledger
from tests.chaos.senders import TIMEOUT_SECONDS, until_accepted
from tests.waiting import until

REPLIES_PER_SECOND = 1  # of each clinic
PREFIX = "reply-"


class Agents:
    """`sent` holds the words of every reply that was begun, by its client_message_id."""

    def __init__(self, api: str, clinic: Clinic, ledger: Ledger) -> None:
        self._api = api
        self._clinic = clinic
        self._ledger = ledger
        self.sent: dict[str, str] = {}
        self.ending = asyncio.Event()

    async def run(self) -> None:
        """Reply to one conversation after another until `ending` is set."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http, asyncio.TaskGroup() as tasks:
            headers = {"Authorization": f"Bearer {await sign_in(http, self._api, self._clinic.agents[0])}"}
            conversations = await until(
                lambda: self._conversations(http, headers), within=60, what="conversations to reply to"
            )
            turns = itertools.cycle(conversations)
            while not self.ending.is_set():
                tasks.create_task(self._reply(http, headers, next(turns)))
                await asyncio.sleep(1 / REPLIES_PER_SECOND)

    async def _reply(self, http: aiohttp.ClientSession, headers: dict[str, str], conversation: str) -> None:
        name = self._clinic.reply_name(len(self.sent))
        body = {"content": f"resposta da clínica {len(self.sent)} {self._clinic.mark}", "client_message_id": name}
        self.sent[name] = body["content"]
        url = f"{self._api}/api/conversations-simple/{conversation}/messages"
        await until_accepted(_attempt(http, url, body, headers), name, self._ledger)

    async def _conversations(self, http: aiohttp.ClientSession, headers: dict[str, str]) -> list[str]:
        async with http.get(f"{self._api}/api/conversations-simple", headers=headers) as response:
            return [conversation["id"] for conversation in (await response.json())["conversations"]]


async def sign_in(http: aiohttp.ClientSession, api: str, email: str) -> str:
    """The token of a user of the demo data, as soon as the API gives it."""

    async def token() -> str | None:
        async with http.post(f"{api}/api/auth/login", json={"email": email, "password": PASSWORD}) as response:
            return str((await response.json())["token"]) if response.ok else None

    return await until(token, within=60, what=f"{email} signed in") or ""


def _attempt(
    http: aiohttp.ClientSession, url: str, body: dict[str, str], headers: dict[str, str]
) -> Callable[[], Awaitable[int]]:
    async def attempt() -> int:
        async with http.post(url, json=body, headers=headers) as response:
            return response.status

    return attempt
