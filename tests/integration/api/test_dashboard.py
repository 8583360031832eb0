"""The dashboard's files: found, cached, compressed, and kept within their policy."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from services.api.settings import Settings
from tests.integration.api.client import Caller
from tests.integration.api.conftest import Serve

INDEX = b"<!doctype html><title>Prosa</title>"
SCRIPT = b"export const answer = 42;\n" * 100
GZIPPED = gzip.compress(SCRIPT, mtime=0)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A small build, laid out as Vite lays out ours."""
    directory = tmp_path / "dist"
    (directory / "assets").mkdir(parents=True)
    (directory / ".vite").mkdir()
    (directory / ".vite" / "manifest.json").write_text("{}")
    (directory / "index.html").write_bytes(INDEX)
    (directory / "icon.svg").write_bytes(b"<svg/>")
    (directory / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (directory / "assets" / "index-abc.js.gz").write_bytes(GZIPPED)
    (directory / "assets" / "index-abc.js.br").write_bytes(b"as brotli")
    return directory


@pytest.fixture
def serve_build(serve: Serve, build: Path) -> Callable[..., Any]:
    return lambda **settings: serve(prosa_dashboard_dir=str(build), **settings)


@pytest.mark.parametrize("path", ["/", "/index.html", "/login", "/conversations/12", "/operations/dead-letters/7"])
async def test_each_of_the_pages_addresses_gives_the_page(serve_build: Callable[..., Any], path: str) -> None:
    """A deep link works, and a cache asks each time, so that an update is seen with the next load."""
    async with serve_build() as api:
        answer = await Caller(api).get(path)

    assert (answer.status, answer.content) == (200, INDEX)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_what_has_its_hash_in_its_name_is_kept_for_ever(serve_build: Callable[..., Any]) -> None:
    """A browser does not ask again for what cannot change."""
    async with serve_build() as api:
        answer = await Caller(api).call("GET", "/assets/index-abc.js", headers={"Accept-Encoding": "identity"})
        icon = await Caller(api).get("/icon.svg")

    assert answer.content == SCRIPT
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (icon.headers["Content-Type"], icon.headers["Cache-Control"]) == ("image/svg+xml", "no-cache")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip, deflate, br", "br"), ("gzip", "gzip"), ("br;q=0, gzip;q=0.5", "gzip"), ("identity", None), ("*", "br")],
)
async def test_a_client_gets_the_best_form_that_it_takes(
    serve_build: Callable[..., Any], accepted: str, coding: str | None
) -> None:
    """Compressed beforehand, under a tag of its own."""
    async with serve_build() as api:
        async with api.get(
            "/assets/index-abc.js", headers={"Accept-Encoding": accepted}, auto_decompress=False
        ) as answer:
            body = await answer.read()

    assert answer.headers.get("Content-Encoding") == coding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert body == {"br": b"as brotli", "gzip": GZIPPED, None: SCRIPT}[coding]


async def test_what_a_client_has_is_not_sent_again(serve_build: Callable[..., Any]) -> None:
    """A tag that is still right gets a 304, and HEAD tells as much as GET without the bytes."""
    async with serve_build() as api:
        caller = Caller(api)
        first = await caller.get("/")
        again = await caller.call("GET", "/", headers={"If-None-Match": first.headers["ETag"]})
        head = await caller.call("HEAD", "/")

    assert (again.status, again.content) == (304, b"")
    assert (head.status, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(INDEX))


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone.js",
        "/robots.txt",
        "/.vite/manifest.json",
        "/assets/index-abc.js.gz",
        "/assets/..%2f..%2fpyproject.toml",
    ],
)
async def test_a_file_that_is_not_there_is_no_page(serve_build: Callable[..., Any], path: str) -> None:
    """A page in place of a script would be an error that nobody understands; what is hidden or outside is not served."""
    async with serve_build() as api:
        (await Caller(api).get(path)).problem(404)


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/metrics/x", "/healthz/"])
async def test_the_apis_own_addresses_stay_its_own(serve_build: Callable[..., Any], path: str) -> None:
    """An unknown address of the API is a problem, also for a browser."""
    async with serve_build() as api:
        (await Caller(api).call("GET", path, headers={"Accept": "text/html"})).problem(404)


async def test_a_wrong_method_is_still_told_from_a_wrong_address(serve_build: Callable[..., Any]) -> None:
    """The page takes no address from the API's routes."""
    async with serve_build() as api:
        (await Caller(api).get("/api/auth/login")).problem(405)


async def test_the_page_may_reach_the_api_and_the_gateway_and_nothing_else(serve_build: Callable[..., Any]) -> None:
    """No script or style but the build's; the gateway is where the setting says."""
    async with serve_build(prosa_realtime_url="https://desk.example") as api:
        page = await Caller(api).get("/")
        told = (await Caller(api).get("/config.json")).ok()

    policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' wss://desk.example https://desk.example"
    assert policy["frame-ancestors"] == "'none'"
    assert told["realtime"] == {
        "socket_url": "wss://desk.example/ws",
        "poll_url": "https://desk.example/realtime/poll",
        "command_url": "https://desk.example/realtime/command",
        "reconnect_max_attempts": 5,
    }


async def test_without_a_setting_the_gateway_is_on_the_pages_own_host(serve_build: Callable[..., Any]) -> None:
    """Whoever opens the page under another name of the machine finds the gateway there too."""
    async with serve_build(gateway_port=9083, gateway_ws_port=9082) as api:
        headers = {"Host": "desk.local:8080"}
        page = await Caller(api).call("GET", "/", headers=headers)
        told = (await Caller(api).call("GET", "/config.json", headers=headers)).ok()

    assert "connect-src 'self' ws://desk.local:9082 http://desk.local:9083;" in page.headers["Content-Security-Policy"]
    assert told["realtime"]["socket_url"] == "ws://desk.local:9082/ws"


@pytest.mark.parametrize("host", ["x;script-src *", "a b", "evil' 'unsafe-inline", "[::1"])
async def test_a_host_header_cannot_change_the_policy(serve_build: Callable[..., Any], host: str) -> None:
    """What is no host's name is left out."""
    async with serve_build() as api:
        page = await Caller(api).call("GET", "/", headers={"Host": host})
        told = await Caller(api).call("GET", "/config.json", headers={"Host": host})

    assert told.status == 400
    assert page.status == 400 or "connect-src 'self';" in page.headers["Content-Security-Policy"]


async def test_a_new_build_is_served_without_a_restart(serve_build: Callable[..., Any], build: Path) -> None:
    """Pages that are open meanwhile still get the parts of the build they came from."""
    async with serve_build() as api:
        caller = Caller(api)
        await caller.get("/")
        (build / "assets" / "index-abc.js").unlink()
        (build / "new.html").write_bytes(INDEX + b"new")
        (build / "new.html").rename(build / "index.html")

        assert (await caller.get("/")).content == INDEX + b"new"
        assert (await caller.get("/assets/index-abc.js")).content == SCRIPT


async def test_without_a_build_the_page_says_how_to_get_one(serve: Serve, tmp_path: Path) -> None:
    """People read a page, programs a problem, and everything else works; a build that comes later is found."""
    directory = tmp_path / "later"
    async with serve(prosa_dashboard_dir=str(directory)) as api:
        caller = Caller(api)
        page = await caller.call("GET", "/login", headers={"Accept": "text/html,*/*"})
        assert page.status == 503
        assert "npm ci &amp;&amp; npm run build" in page.content.decode()
        assert (await caller.get("/")).problem(503)["code"] == "dashboard_not_built"
        (await caller.get("/api/health")).ok()

        directory.mkdir()
        (directory / "index.html").write_bytes(INDEX)
        assert (await caller.get("/")).content == INDEX


@pytest.mark.parametrize("url", ["desk.example", "ftp://desk.example", "https://a b", "https://desk.example/app"])
def test_a_gateways_url_is_checked_at_start(url: str) -> None:
    """It becomes part of the policy's header."""
    with pytest.raises(ValidationError, match="prosa_realtime_url"):
        Settings(database_url="postgresql://x", redis_url="redis://x", prosa_realtime_url=url)
