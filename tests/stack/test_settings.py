from pathlib import Path

import pytest

from deploy.local.settings import parse_dotenv, read_settings


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("export NAME=exported", "exported"),
        ("  NAME = spaced  ", "spaced"),
        ("NAME='single quoted # not a comment'", "single quoted # not a comment"),
        ('NAME="double quoted"', "double quoted"),
        ("NAME=value # a comment", "value"),
        ("NAME=postgresql://u:p@host/db?sslmode=require#x", "postgresql://u:p@host/db?sslmode=require#x"),
        ("NAME='", "'"),
        ("NAME=", ""),
    ],
)
def test_dotenv_line(line: str, value: str) -> None:
    """A line of .env is read as a person means it."""
    assert parse_dotenv(line) == {"NAME": value}


@pytest.mark.parametrize("line", ["", "# NAME=value", "just words", "=value", "two words=value"])
def test_dotenv_line_without_assignment(line: str) -> None:
    """What is not an assignment is passed over."""
    assert parse_dotenv(line) == {}


def test_environment_wins_over_dotenv(tmp_path: Path) -> None:
    """A variable of the process is stronger than .env, except an empty one, which counts as unset."""
    (tmp_path / ".env").write_text("BOTH=file\nEMPTIED=file\nFILE=file\nNOTHING=\n")

    settings = read_settings(tmp_path, {"BOTH": "process", "EMPTIED": "", "PROCESS": "process"})

    assert settings.variables == {"BOTH": "process", "EMPTIED": "file", "FILE": "file", "PROCESS": "process"}
