"""What the route table says of one endpoint: enough to serve it and to document it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web
from pydantic import BaseModel

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An endpoint. Its handler's docstring is its description; `problems` are the statuses of its own errors."""

    method: str
    path: str
    handler: Handler
    tag: str
    answer: type[BaseModel] | None = None
    status: int = 200
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    problems: tuple[int, ...] = ()
    public: bool = False
    # Bytes go in or out for as long as it takes: the endpoint bounds its own waits and has no deadline.
    takes_file: bool = False
    gives_file: bool = False
    streams: tuple[str, ...] = ()  # the media types of an answer that is written while it is read
    # Its 503 tells what its answer tells: whoever watches it wants to know what is wrong.
    answers_when_unwell: bool = False
    # Who looks is written down: messages are shown of the conversation that the path names, or that its handler notes.
    shows_conversation: bool = False

    def route(self) -> web.RouteDef:
        """The endpoint as aiohttp takes it."""
        return web.route(self.method, self.path, self.handler)

    @property
    def takes_version(self) -> bool:
        """Whether a client may say by `If-Match` which version it has seen."""
        return HTTPStatus.PRECONDITION_FAILED in self.problems

    @property
    def requires_version(self) -> bool:
        """Whether it must."""
        return HTTPStatus.PRECONDITION_REQUIRED in self.problems

    def all_problems(self) -> list[int]:
        """Its own errors and those every endpoint of its kind may have."""
        common = {500, 503}
        files = {400, 413, 415} if self.takes_file else set()
        taken = {400, 413, 415} if self.body else {400} if self.query or self.takes_version else set()
        return sorted({*self.problems, *common, *taken, *files, *(() if self.public else (401, 403))})
