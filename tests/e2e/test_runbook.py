"""The runbook tells the truth: every command in it is run as it stands."""

import asyncio
import os
import re
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.integration.cli.conftest import signed_in
from tests.product import ROOT, Product, running_product
from tests.prometheus_server import Prometheus, running_prometheus

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")
PORTS = {"8080": "API_PORT", "8081": "RECEIVER_PORT", "8083": "GATEWAY_PORT", "8084": "WORKER_PORT"}
AT_ONCE = 4


def commands() -> list[str]:
    """Each line of the runbook's blocks, once."""
    blocks = re.findall(
        r"^```sh\n(.*?)^```", (ROOT / "docs" / "runbook.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    return list(dict.fromkeys(line for block in blocks for line in block.splitlines()))


def at_our_ports(command: str, product: Product, prometheus: Prometheus) -> str:
    for documented, name in PORTS.items():
        command = command.replace(f"localhost:{documented}", f"localhost:{product.environment[name]}")
    return command.replace("http://localhost:9090", prometheus.url).replace(
        "localhost:9090", prometheus.url.removeprefix("http://")
    )


async def run(command: str, environment: dict[str, str]) -> tuple[int, str]:
    """How a command ends, and what it says."""
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(errors="replace")  # Redis' slow log has arguments that are no text


@pytest.mark.timeout(180)
async def test_every_command_of_the_runbook_works(environment: dict[str, str], redis: Redis, tmp_path: Path) -> None:
    """Whoever is woken copies them: none may be of a flag, a column or a metric that is gone."""
    async with (
        running_product(tmp_path, environment, *SERVICES) as product,
        running_prometheus(
            tmp_path / "prometheus", {"api": f"127.0.0.1:{product.environment['API_PORT']}"}
        ) as prometheus,
    ):
        known = {**product.environment, **await signed_in(product, "oper@demo.test")}
        turns = asyncio.Semaphore(AT_ONCE)

        async def ended(command: str) -> tuple[str, int, str]:
            async with turns:
                return command, *await run(at_our_ports(command, product, prometheus), known)

        answers = await asyncio.gather(*map(ended, commands()))

    assert len(answers) > 70
    assert [(command, said) for command, code, said in answers if code != 0] == []
    said = {command: text for command, _, text in answers}
    assert said["curl -s localhost:8084/readyz"].count("ready") == 1
    assert "demo-wa" in said["./prosa sources list"]
    assert "dead letters" in said["./prosa dlq stats"]
    assert [text for command, text in said.items() if "a-token-that-nobody-has" in command] == ["404\n"]
