"""The README tells the truth: its transcript is run as it stands."""

import asyncio
import os
import re
import sys
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import DictRow

from tests.product import ROOT, Product, running_product

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")


def transcript(product: Product) -> str:
    """The shell lines of the README, at this product's ports."""
    found = re.search(r"<!-- transcript -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert found is not None
    lines = found[1].replace(".venv/bin/python", sys.executable)
    for documented, name in (("8081", "RECEIVER_PORT"), ("8080", "API_PORT")):
        lines = lines.replace(f"localhost:{documented}", f"localhost:{product.environment[name]}")
    return "set -euo pipefail\n" + lines


async def run_shell(lines: str, environment: dict[str, str], temporary: Path) -> str:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        lines.replace("/tmp/prosa", f"{temporary}/prosa"),  # noqa: S108 - the README's own file names
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()


@pytest.mark.timeout(120)
async def test_the_readmes_transcript_brings_a_webhook_to_an_agent(
    environment: dict[str, str], owner: psycopg.Connection[DictRow], tmp_path: Path
) -> None:
    """Every line of the README's transcript works, and shows what it says."""
    async with running_product(tmp_path, environment, *SERVICES) as product:
        output = await run_shell(transcript(product), dict(product.environment), tmp_path)
        assert await product.stop() == dict.fromkeys(SERVICES, 0)

    assert output.count('{"status":"queued","correlation_id":"') == 2
    assert '"contact_name":"Cliente Teste"' in output
    assert '"content":"Bom dia, quero um orcamento"' in output
    assert '"timestamp":"2026-11-20T06:36:41.000-03:00"' in output
    assert '"type":"message:new","target":"conversa"' in output
    assert '"content":"Bom dia, e o horario?"' in output
    assert '"client_message_id":"readme-1"' in output
    contents = [row["content"] for row in owner.execute("SELECT content FROM messages ORDER BY id").fetchall()]
    assert contents == ["Bom dia, quero um orcamento", "Bom dia, e o horario?", "Bom dia! Às 14h30 está bem?"]
