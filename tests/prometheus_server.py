"""A Prometheus of a test's own, with the rules of deploy/prometheus, that scrapes whom it is told to."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml  # type: ignore[import-untyped]  # the locked environment has no stubs

from deploy.local.binaries import find_program, missing
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import repository_root
from tests.lacking import give_up
from tests.ports import free_port
from tests.waiting import until

PLACE = repository_root() / "deploy" / "prometheus"
CONFIGURATION = PLACE / "prometheus.yml"


def ensure_prometheus() -> None:
    """Prometheus and promtool, installed where they are missing, as the local stack installs its servers."""
    root = repository_root()
    try:
        install(missing(["prometheus"]), root, root / ".local" / "packages.log", Progress())
    except Problem as problem:
        give_up(problem.report())


def promtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What promtool says."""
    ensure_prometheus()
    program = find_program("promtool")
    return subprocess.run([str(program), *arguments], capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Prometheus:
    """A running one."""

    url: str
    http: aiohttp.ClientSession

    async def answers(self) -> bool:
        try:
            async with self.http.get(f"{self.url}/-/ready") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def api(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its API; fails with its own words."""
        async with self.http.get(f"{self.url}/api/v1/{path}", params=parameters) as response:
            body = await response.json()
        assert body["status"] == "success", f"{parameters}: {body.get('error')}"
        return body["data"]

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """What an expression is now."""
        found: list[dict[str, Any]] = (await self.api("query", query=expression))["result"]
        return found

    async def names(self) -> set[str]:
        """Of every series that it has ever had."""
        return set(await self.api("label/__name__/values"))


def configuration(targets: Mapping[str, str]) -> str:
    """The committed configuration, with other targets, and once a second."""
    found = yaml.safe_load(CONFIGURATION.read_text("utf-8"))
    found["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    found["rule_files"] = [str(PLACE / files) for files in found["rule_files"]]
    found["scrape_configs"] = [
        {**job, "static_configs": [{"targets": [targets[job["job_name"]]]}]}
        for job in found["scrape_configs"]
        if job["job_name"] in targets
    ]
    text: str = yaml.safe_dump(found)
    return text


def prepare(home: Path, targets: Mapping[str, str]) -> Path:
    """Lay out a Prometheus' folder; returns where its log is."""
    home.mkdir(exist_ok=True)
    (home / "prometheus.yml").write_text(configuration(targets))
    return home / "log"


@asynccontextmanager
async def running_prometheus(home: Path, targets: Mapping[str, str]) -> AsyncIterator[Prometheus]:
    """Start one that scrapes each job at its address, and end it with the block."""
    ensure_prometheus()
    port = free_port()
    with prepare(home, targets).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            str(find_program("prometheus")),
            f"--config.file={home}/prometheus.yml",
            f"--storage.tsdb.path={home}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--log.level=warn",
            stdout=log,
            stderr=log,
        )
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            prometheus = Prometheus(f"http://127.0.0.1:{port}", http)
            await until(prometheus.answers, within=30, what="a Prometheus that is ready")
            yield prometheus
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
