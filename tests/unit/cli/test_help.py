"""What `--help` says, of every command."""

import inspect
from collections.abc import Iterator

import pytest
from cyclopts import App

from services.cli.app import application
from services.cli.failures import ExitCode
from tests.contract.tables import DOCS

WIDTH = 78
FLAGS = {"--help", "-h", "--version"}


def commands(app: App, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], App]]:
    """Every command that does something, by its words."""
    if app.default_command is not None:
        yield path, app
    for name in app:
        if name not in FLAGS:
            yield from commands(app[name], (*path, name))


COMMANDS = list(commands(application()))


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[" ".join(path) for path, _ in COMMANDS])
def test_each_command_says_what_it_does_and_how_to_type_it(path: tuple[str, ...], command: App) -> None:
    """In lines that fit a terminal of 80 columns."""
    epilogue = str(command.help_epilogue)
    lines = [*epilogue.splitlines(), *inspect.cleandoc(command.help).splitlines()[1:]]

    assert command.help
    assert f"prosa {' '.join(path)}" in epilogue
    assert [line for line in lines if len(line) > WIDTH] == []


def test_every_command_is_documented() -> None:
    """In docs/cli.md, with what it prints."""
    typed = [line for line in (DOCS / "cli.md").read_text("utf-8").splitlines() if line.startswith("$ ")]
    words = [" ".join(path) for path, _ in COMMANDS]

    assert [name for name in words if not any(f"prosa {name}" in line for line in typed)] == []


def test_exit_codes_stand_in_help_and_documentation() -> None:
    """Each with its number."""
    page, ending = (DOCS / "cli.md").read_text("utf-8"), str(application().help_epilogue)

    assert [code.name for code in ExitCode if f"| {int(code)} |" not in page] == []
    assert [
        code.name for code in ExitCode if code is not ExitCode.BROKEN_PIPE and f"\n  {int(code)} " not in ending
    ] == []
