"""An agent at work with the REST API."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp

from deploy.demo.cast import Agent
from deploy.local.problem import Problem

Json = dict[str, Any]

MOST_CONVERSATIONS = 50

_FIRST_ERROR = 400
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent who is logged in. Every method raises Problem where the API does not do as asked."""

    agent: Agent
    http: aiohttp.ClientSession
    api: str
    token: str = field(repr=False)

    async def conversations(self) -> list[Json]:
        """The conversations that were active last."""
        found: list[Json] = (await self._ask("GET", f"?limit={MOST_CONVERSATIONS}"))["conversations"]
        return found

    async def detail(self, conversation_id: str) -> Json:
        """A conversation with its latest messages and actions."""
        return await self._ask("GET", f"/{quote(conversation_id)}")

    async def can_see(self, conversation_id: str) -> bool:
        """Whether a conversation is there for this agent."""
        url = f"{self.api}/api/conversations-simple/{quote(conversation_id)}"
        async with self.http.get(url, headers=self._headers) as response:
            return response.status != _NOT_FOUND

    async def reply(self, conversation_id: str, words: str, client_message_id: str) -> Json:
        """Answer in a conversation; the same client_message_id is one message however often it is sent."""
        body = {"content": words, "client_message_id": client_message_id}
        message: Json = (await self._ask("POST", f"/{quote(conversation_id)}/messages", body))["message"]
        return message

    async def queue(self) -> Json:
        """What of the clinic waits, and what has failed for good."""
        return await call(self.http, "GET", f"{self.api}/api/queue", headers=self._headers)

    async def _ask(self, method: str, rest: str, body: Json | None = None) -> Json:
        url = f"{self.api}/api/conversations-simple{rest}"
        return await call(self.http, method, url, body=body, headers=self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def log_in(http: aiohttp.ClientSession, api: str, agent: Agent) -> Desk:
    """Seat an agent at a desk. Raises Problem."""
    credentials = {"email": agent.email, "password": agent.password}
    login = await call(http, "POST", f"{api}/api/auth/login", body=credentials)
    return Desk(agent, http, api, login["token"])


async def call(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    body: Json | None = None,
    headers: dict[str, str] | None = None,
) -> Json:
    """One request, answered with JSON. Raises Problem."""
    try:
        async with http.request(method, url, json=body, headers=headers) as response:
            if response.status >= _FIRST_ERROR:
                raise _refused(method, url, response.status, await response.text())
            answer: Json = await response.json()
            return answer
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Problem(f"{method} {url}: {str(error) or type(error).__name__}", "Look: make status, make logs") from None


def _refused(method: str, url: str, status: int, answer: str) -> Problem:
    advice = "The demo users are missing: make up" if url.endswith("/login") else "Look: make logs ARGS=api"
    return Problem(f"{method} {url} answered {status}.", advice, [answer[:500]])
