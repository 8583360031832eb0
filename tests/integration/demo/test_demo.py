"""The demo as a newcomer starts it, against the real product."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from shared.broker.topology import Topology
from tests.ports import free_port
from tests.product import ROOT, Product, running_product

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")


@pytest.fixture
async def product(
    database_url: str, redis_url: str, rabbitmq_url: str, topology: Topology, tmp_path: Path
) -> AsyncIterator[Product]:
    """All four services, whose worker sends through a port that only this test's stand-in takes."""
    environment = {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "RABBITMQ_URL": rabbitmq_url,
        "WEBHOOK_QUEUE_NAME": topology.name,
        "PROSA_ENV": "test",
        "EVOLUTION_API_URL": f"http://127.0.0.1:{free_port()}",
    }
    async with running_product(tmp_path, environment, *SERVICES) as product:
        yield product


async def demo(environment: Mapping[str, str], *arguments: str) -> tuple[int | None, str, str]:
    """Exit code and output of the demo."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.demo",
        *arguments,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, complaints = await process.communicate()
    return process.returncode, output.decode(), complaints.decode()


@pytest.mark.timeout(180)
async def test_a_day_passes_twice_and_everything_is_there(product: Product) -> None:
    """The demo's own check is content, on a fresh database and on one that knows the patients already."""
    for _ in range(2):
        code, output, complaints = await demo(product.environment, "--speed", "20")
        assert (code, complaints) == (0, ""), output + complaints
        assert "Everything that was accepted is there, once." in output
        assert "on Ana's screen after" in output
        assert "0 waiting, 0 new dead letters" in output


async def test_without_a_product_the_demo_says_how_to_start_one() -> None:
    """No traceback: which services do not answer, and `make up`."""
    ports = ("RECEIVER_PORT", "WORKER_PORT", "GATEWAY_PORT", "GATEWAY_WS_PORT", "API_PORT")
    code, _, complaints = await demo({name: str(free_port()) for name in ports})
    assert code == 1
    assert "The product is not up." in complaints
    assert "What to do: make up" in complaints
    assert all(f"{service}: does not answer" in complaints for service in SERVICES)
    assert "Traceback" not in complaints
