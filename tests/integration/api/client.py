"""A caller of the API, as one user or as nobody."""

from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp.test_utils import TestClient
from multidict import CIMultiDictProxy
from pydantic import BaseModel

Api = TestClient[Any, Any]


@dataclass(frozen=True)
class Answer:
    """An answer, read to its end."""

    status: int
    headers: CIMultiDictProxy[str]
    content: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.content)

    def ok(self, model: type[BaseModel] | None = None, status: int = 200) -> Any:
        """The body, after a look at the status and, where there is one, the documented model."""
        assert self.status == status, self.content
        if model is not None:
            model.model_validate(self.body)
        return self.body

    def problem(self, status: int) -> Any:
        """The body of an error, which has a problem's form and can be traced."""
        assert self.status == status, self.content
        assert self.headers["Content-Type"].startswith("application/problem+json")
        assert self.body["status"] == status
        assert self.body["detail"]
        assert self.headers["X-Request-Id"]
        return self.body


@dataclass(frozen=True)
class Caller:
    """Calls the API with a token, or without."""

    api: Api
    token: str | None = None

    async def call(self, method: str, path: str, **options: Any) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= options.pop("headers", {})
        async with self.api.request(method, path, headers=headers, **options) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **params: Any) -> Answer:
        return await self.call("GET", path, params=params)

    async def post(self, path: str, body: Any, **options: Any) -> Answer:
        return await self.call("POST", path, json=body, **options)

    async def send(self, conversation: Any, **body: Any) -> Answer:
        return await self.post(f"/api/conversations-simple/{conversation}/messages", body)
