"""The connection to the API, against servers that behave as servers and proxies do."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.cli.failures import ExitCode, Failure
from services.cli.rest import client, patience
from services.cli.rest.client import Api
from services.cli.rest.patience import patiently


class Handler(BaseHTTPRequestHandler):
    """Answers once on a connection and closes it without a word, as where it rested too long."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        bodies = {"/html": b"<html>", "/torn": b'{"a"', "/ok": b'{"id": 51119658601245511503911040}'}
        content = bodies[self.path]
        self.send_header("Content-Length", str(len(content) + (10 if self.path == "/torn" else 0)))
        self.end_headers()
        self.wfile.write(content)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Be quiet."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_connection_that_rested_is_not_used_again(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent after an hour in an editor is not lost on a closed one; large numbers keep their digits."""
    monkeypatch.setattr(client, "IDLE_SECONDS", 0.0)
    with Api(address) as api:
        assert [api.get("/ok"), api.get("/ok")] == [{"id": 51119658601245511503911040}] * 2


def test_an_answer_that_is_not_the_apis_is_told(address: str) -> None:
    """Another server's page, and an answer that breaks off."""
    with Api(address) as api:
        with pytest.raises(Failure, match="not the API's"):
            api.get("/html")
    with Api(address) as api:
        with pytest.raises(Failure, match="not the API's"):
            api.get("/torn")


def test_watching_outlives_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said once, and ends where the API stays away or says no."""
    away = Failure(ExitCode.UNREACHABLE, "The API is away.")
    answers: list[Failure | str] = [away, away, "back"]
    told: list[str] = []

    def look() -> str:
        answer = answers.pop(0)
        if isinstance(answer, Failure):
            raise answer
        return answer

    assert patiently(look, told.append, 0) == "back"
    assert told == ["The API is away. Trying again."]
    answers[:] = [Failure(ExitCode.NOT_FOUND, "gone")]
    with pytest.raises(Failure, match="gone"):
        patiently(look, told.append, 0)
    monkeypatch.setattr(patience, "GIVE_UP_SECONDS", 0.0)
    answers[:] = [away] * 9
    with pytest.raises(Failure, match="away"):
        patiently(look, told.append, 0)
