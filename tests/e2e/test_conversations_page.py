"""docs/conversations.md tells the truth: its requests are made in their order, and answered as it prints."""

import asyncio
import json
import re
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.product import ROOT, Product, running_product
from tests.waiting import until

_STEP = re.compile(r"```sh\n(.*?)```\n\n```\n(.*?)```", re.DOTALL)
_SIGN_IN = """
TOKEN=$(curl -s localhost:8080/api/auth/login -H 'Content-Type: application/json' \
  -d '{"email":"ana@demo.test","password":"prosa-demo"}' | python3 -c 'import json,sys; print(json.load(sys.stdin)["token"])')
"""
REST = "…"
# Another run has others.
PASSING = {"id", "contact_id", "conversation_id", "last_message_id", "correlation_id", "version", "next_before"}
MOMENTS = {"created_at", "updated_at", "timestamp"}
YEAR_OF_THE_STORY = ("2025-", "2026-07-01")


def steps() -> list[tuple[str, str]]:
    """The page's requests, each with the answer below it."""
    return _STEP.findall((ROOT / "docs/conversations.md").read_text("utf-8"))


def differences(printed: Any, got: Any, where: str = "") -> Iterator[str]:
    """Where an answer is not what is printed, but for what is left out or is another each time."""
    name = where.rpartition(".")[2]
    if isinstance(printed, dict) and isinstance(got, dict):
        wanted = printed.keys() - {REST}
        if (REST not in printed and wanted != got.keys()) or not wanted <= got.keys():
            yield f"{where}: has {sorted(got)}, and not {sorted(wanted)}"
        for key in wanted & got.keys():
            yield from differences(printed[key], got[key], f"{where}.{key}")
    elif isinstance(printed, list) and isinstance(got, list):
        yield from _different_lists(printed, got, where)
    elif not (printed == got or (_passes(name, printed) and type(printed) is type(got))):
        yield f"{where}: is {got!r}, and not {printed!r}"


def _different_lists(printed: list[Any], got: list[Any], where: str) -> Iterator[str]:
    if REST in printed:
        at = printed.index(REST)
        after = printed[at + 1 :]
        pairs = [*zip(printed[:at], got, strict=False), *zip(after, got[len(got) - len(after) :], strict=False)]
        if len(got) < len(printed) - 1:
            yield f"{where}: has {len(got)} entries"
    else:
        pairs = list(zip(printed, got, strict=False))
        if len(got) != len(printed):
            yield f"{where}: has {len(got)} entries, and not {len(printed)}"
    for number, (one, other) in enumerate(pairs):
        yield from differences(one, other, f"{where}.{number}" if not isinstance(one, str) else where)


def _passes(name: str, printed: Any) -> bool:
    """Whether another run has another value there: ids, and moments that are not the story's own."""
    return name in PASSING or (name in MOMENTS and not str(printed).startswith(YEAR_OF_THE_STORY))


class Shell:
    """Plays the page at a product. Variables stay for what comes after."""

    def __init__(self, product: Product, variables: Path) -> None:
        self._ports = (("localhost:8081", product.receiver), ("localhost:8080", product.api))
        self._variables = variables
        variables.touch()

    async def say(self, lines: str) -> Any:
        """What is printed: JSON, or a line; where it fails, its complaints."""
        for documented, url in self._ports:
            lines = lines.replace(documented, url.removeprefix("http://"))
        kept = f"declare -p TOKEN FIRST > {self._variables} 2>/dev/null || true"
        script = f". {self._variables}; set -euo pipefail\n{lines}\n{kept}"
        process = await asyncio.create_subprocess_exec("bash", "-c", script, stdout=PIPE, stderr=PIPE)
        output, complaints = await process.communicate()
        return complaints.decode() if process.returncode else parsed(output.decode())


def parsed(text: str) -> Any:
    return json.loads(text) if text.lstrip().startswith("{") else text.strip()


def test_each_request_of_the_page_has_its_answer() -> None:
    """None stands there that is not played."""
    assert len(steps()) == (ROOT / "docs/conversations.md").read_text("utf-8").count("```sh\n") > 10


@pytest.mark.timeout(150)
async def test_the_page_is_what_the_product_answers(environment: dict[str, str], tmp_path: Path) -> None:
    """Each answer, once the workers have done what was asked before."""
    async with running_product(tmp_path, environment, "webhook_receiver", "queue_worker", "api") as product:
        shell = Shell(product, tmp_path / "variables")
        assert await shell.say(_SIGN_IN) == ""
        for lines, answer in steps():
            await play(shell, lines, parsed(answer))


async def play(shell: Shell, lines: str, printed: Any) -> None:
    """Ask until the answer is the printed one; what tells something is told once."""
    found: list[str] = []

    async def answered() -> bool:
        found[:] = differences(printed, await shell.say(lines))
        return not found

    try:
        await until(answered, within=0.0 if "/webhooks/" in lines else 10.0)
    except AssertionError as error:
        raise AssertionError(f"{lines}\n{found}") from error


@pytest.mark.parametrize(
    ("printed", "got"),
    [
        ('{"a":1}', '{"a":2}'),
        ('{"a":1}', '{"a":1,"b":2}'),
        ('{"a":1,"b":2,"…":"…"}', '{"a":1}'),
        ("[1,2]", "[1]"),
        ('[1,"…",3]', "[1,2,4]"),
        ('{"timestamp":"2025-06-27T00:59:16.363-03:00"}', '{"timestamp":"2025-06-26T21:59:16.000Z"}'),
        ('{"id":"1"}', '{"id":1}'),
    ],
)
def test_another_answer_is_found(printed: str, got: str) -> None:
    """The comparison proves something."""
    assert list(differences(json.loads(printed), json.loads(got)))
