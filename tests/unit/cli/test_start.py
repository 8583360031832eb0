"""A call waits for what it uses, not for what other commands use."""

import subprocess
import sys

import pytest

from tests.product import ROOT

_CALL = """
import sys
from services.cli.app import main
main(sys.argv[1:])
print(*sys.modules, file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("words", "unneeded"),
    [
        (("--help",), {"psycopg", "cryptography", "pydantic", "http.client", "services.cli.commands.dead_letters"}),
        (("--version",), {"psycopg", "cryptography", "pydantic", "http.client", "services.cli.commands.dead_letters"}),
        (("dlq", "list", "--help"), {"psycopg", "cryptography", "services.cli.commands.queue"}),
        (("queue", "stats", "--help"), {"psycopg", "cryptography", "services.cli.commands.dead_letters"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_call_imports_only_what_it_uses(words: tuple[str, ...], unneeded: set[str]) -> None:
    """Above all not the database's library, where the API is asked or nobody at all."""
    command = [sys.executable, "-c", _CALL, *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stdout
    assert unneeded & set(ended.stderr.split()) == set()
