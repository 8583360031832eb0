"""The API over HTTP: one connection, no framework, so that a call begins at once."""

import json
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

from services.cli.failures import ExitCode, Failure
from services.cli.rest.problems import failure_of
from shared import VERSION

TIMEOUT_SECONDS = 30.0
# Servers and proxies close connections that rest, as while somebody is in an editor; to send on a closed one leaves unknown
# whether it was taken. So one that rested is not used again.
IDLE_SECONDS = 5.0
CHUNK = 64 * 1024

Query = Sequence[tuple[str, str]]


class Api:
    """A caller of the API. What it answers with an error is raised as a Failure."""

    def __init__(self, address: str, token: str | None = None) -> None:
        self.address = address.rstrip("/")
        self.token = token
        parts = urlsplit(self.address)
        self._prefix = parts.path
        self._connection = _connection(parts.scheme, parts.hostname or "", parts.port)
        self._used_at = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._connection.close()

    def get(self, path: str, query: Query = ()) -> Any:
        """The answer to a GET, parsed."""
        return _parsed(self._call("GET", path, query))

    def post(self, path: str, body: Any = None) -> Any:
        """The answer to a POST, parsed."""
        return _parsed(self._call("POST", path, body=body))

    def patch(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Any:
        """The answer to a PATCH, parsed."""
        return _parsed(self._call("PATCH", path, body=body, headers=headers))

    def delete(self, path: str, query: Query = ()) -> Any:
        """The answer to a DELETE, parsed."""
        return _parsed(self._call("DELETE", path, query))

    def stream(self, path: str, query: Query = ()) -> Iterator[bytes]:
        """The pieces of a long answer, as they come. Raises a Failure where it breaks off."""
        response = self._call("GET", path, query)
        try:
            while piece := response.read1(CHUNK):
                yield piece
        except (OSError, HTTPException) as error:
            raise self._unreachable(error, "broke off in the middle of its answer") from None

    def _call(
        self, method: str, path: str, query: Query = (), body: Any = None, headers: Mapping[str, str] | None = None
    ) -> HTTPResponse:
        target = f"{self._prefix}{path}{'?' + urlencode(query) if query else ''}"
        content = None if body is None else json.dumps(body, allow_nan=False).encode()
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self._connection.close()
        try:
            self._connection.request(method, target, content, {**self._headers(content), **(headers or {})})
            response = self._connection.getresponse()
            self._used_at = time.monotonic()
            if response.status < HTTPStatus.BAD_REQUEST:
                return response
            said = response.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise self._unreachable(error, "is not reachable") from None
        raise failure_of(response.status, said, response.headers.get("Retry-After"))

    def _headers(self, content: bytes | None) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": f"prosa-cli/{VERSION}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def _unreachable(self, error: Exception, what: str) -> Failure:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return Failure(
            ExitCode.UNREACHABLE,
            f"The API at {self.address} {what}: {reason}.",
            "Start it with `make up`, or name another with --api-url or PROSA_API_URL.",
            name="api_unreachable",
        )


def _connection(scheme: str, host: str, port: int | None) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
    return HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)


def _parsed(response: HTTPResponse) -> Any:
    try:
        content = response.read()
        return json.loads(content) if content else {}
    except (ValueError, OSError, HTTPException) as error:
        raise Failure(
            ExitCode.FAILED,
            f"The answer is not the API's: {type(error).__name__}.",
            "Is the address that of the API, and not of the receiver, the gateway or a proxy?",
        ) from None
