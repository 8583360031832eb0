"""deploy/docker/Dockerfile, as far as it can be seen without building it."""

import asyncio
import fnmatch
import json
import re
import sys
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.contract.tables import ROOT
from tests.contract.test_configuration_doc import settings_of
from tests.deployment.telling import PORTS, default_port

DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text("utf-8")
IGNORED = (ROOT / ".dockerignore").read_text("utf-8").split("\n")


def instructions(stage: str) -> list[tuple[str, str]]:
    """A stage's instructions, each on one line."""
    text = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    [body] = re.findall(rf"^FROM \S+ AS {stage}\n(.*?)(?=^FROM |\Z)", text, re.MULTILINE | re.DOTALL)
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in body.splitlines() if line)]


def told(stage: str, instruction: str) -> list[str]:
    return [rest for name, rest in instructions(stage) if name == instruction]


def reaches_the_builder(path: str) -> bool:
    """Whether .dockerignore lets it through: the last line that matches decides."""
    through = True
    for line in filter(None, IGNORED):
        pattern = line.removeprefix("!")
        parents = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
        if not line.startswith("#") and any(fnmatch.fnmatch(place, pattern.replace("**/", "*")) for place in parents):
            through = line.startswith("!")
    return through


@pytest.mark.parametrize("stage", ["dashboard", "packages", "service"])
def test_what_is_copied_is_there(stage: str) -> None:
    """Each source of a COPY exists and is not kept from the builder."""
    sources = [word for rest in told(stage, "COPY") for word in rest.split()[:-1] if "--from=" not in rest]
    assert sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    assert [source for source in sources if not reaches_the_builder(source)] == []


def test_nothing_else_reaches_the_builder() -> None:
    """Neither history nor secrets nor what was built on somebody's machine."""
    for path in (".git/config", ".env", ".venv/bin/python", ".local/run", "deploy/compose/.env", "tests/conftest.py"):
        assert not reaches_the_builder(path), path
    assert not reaches_the_builder("services/dashboard/node_modules/react/index.js")


def test_packages_are_those_that_were_locked() -> None:
    """By their hashes, and built by nobody's script."""
    assert "--require-hashes" in DOCKERFILE
    assert told("dashboard", "RUN")[0] == "npm ci"
    assert "ignore-scripts=true" in (ROOT / "services/dashboard/.npmrc").read_text("utf-8")


@pytest.mark.parametrize("service", PORTS)
def test_image_runs_its_service_as_nobody_special(service: str) -> None:
    """Its module, an account by number, its ports, and a check of health at the variable that moves its port."""
    [command], [check] = told(service, "CMD"), told(service, "HEALTHCHECK")

    assert json.loads(command) == ["python", "-m", f"services.{service}"]
    assert told("service", "USER") == ["10001:10001"]
    assert json.loads(check[check.index("[") :])[3:] == [PORTS[service], str(default_port(service))]
    assert str(default_port(service)) in " ".join(told(service, "EXPOSE")).split()


def test_image_sets_variables_that_services_know() -> None:
    """What is set in an image is a setting of the service, or Python's."""
    for service in PORTS:
        names = re.findall(r"\b([A-Z_]+)=", " ".join(told(service, "ENV")))
        assert set(names) <= set(settings_of(service)), service


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_check_of_health_says_what_the_service_says(
    status: int, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked as the container is: by the port of the variable."""
    app = web.Application()

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(status=status)

    app.router.add_get("/healthz", healthz)
    async with TestServer(app) as server:
        monkeypatch.setenv("API_PORT", str(server.port))
        assert await _check() == code


async def test_check_of_health_fails_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is an answer, not a crash with another exit code."""
    monkeypatch.setenv("API_PORT", "1")
    assert await _check() == 1


async def _check() -> int | None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.docker.healthy", "API_PORT", "8080", cwd=ROOT
    )
    return await process.wait()
