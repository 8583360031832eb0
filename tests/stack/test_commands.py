import ast
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.cli import command_line
from deploy.local.environment import stamp_text
from deploy.local.lifecycle import is_newer
from deploy.local.lock import exclusive
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import repository_root
from deploy.local.status import Row, as_table, duration
from deploy.local.verbs import as_exports
from deploy.local.welcome import welcome
from tests.stack.conftest import Clone

_TARGETS = [
    "run",
    "up",
    "down",
    "restart",
    "rehearse-upgrade",
    "scenarios",
    "status",
    "logs",
    "migrate",
    "test",
    "check",
    "demo",
    "bench",
    "chaos",
    "help",
    "licences",
    "lock",
    "sbom",
    "audit",
    "fmt",
]


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=repository_root(), capture_output=True, text=True, check=False)


def test_make_lists_every_target() -> None:
    """`make` alone tells what there is, and only that which there is."""
    listed = [line.split()[1] for line in make().stdout.splitlines() if line.startswith("  make ")]

    assert sorted(listed) == sorted(_TARGETS)


def test_old_python_is_told_plainly() -> None:
    """A Python that is too old hears which one is needed, instead of a syntax error."""
    pretend = "import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_module('deploy.local', run_name='__main__')"

    done = subprocess.run(
        [sys.executable, "-c", pretend], cwd=repository_root(), capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", sorted((repository_root() / "deploy/local").glob("*.py")), ids=lambda path: path.name)
def test_standard_library_only(path: Path) -> None:
    """The local stack runs before anything could be installed for it."""
    modules = [
        name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    ]

    foreign = [name for name in modules if name.partition(".")[0] not in {"deploy", *sys.stdlib_module_names}]
    assert not foreign


@pytest.mark.parametrize("arguments", [[], ["servers"], ["servers", "up"], ["servers", "up", "--stack", "other"]])
def test_incomplete_command_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command that does not say what it means is answered with what it could mean."""
    with pytest.raises(SystemExit, match="2"):
        command_line().parse_args(arguments)

    assert "usage:" in capsys.readouterr().err


def test_exports_survive_a_shell() -> None:
    """A shell that evaluates the lines gets the values as they are."""
    lines = as_exports({"URL": "amqp://u:p@h/%2F", "ODD": "it's $HOME; rm"})

    read = subprocess.run(
        ["sh", "-c", f'{lines}\nprintf "%s|%s" "$URL" "$ODD"'], capture_output=True, text=True, check=True
    )

    assert read.stdout == "amqp://u:p@h/%2F|it's $HOME; rm"


def test_second_command_waits_for_the_first(tmp_path: Path) -> None:
    """While one command works on a clone another says for whom it waits, and goes on when the first is done."""
    root = repository_root()
    waiting = (
        "import sys; from pathlib import Path; from deploy.local.lock import exclusive; "
        "from deploy.local.progress import Progress\n"
        f"with exclusive(Path({str(tmp_path / 'lock')!r}), Progress(sys.stdout)): print('mine')"
    )
    with exclusive(tmp_path / "lock", Progress()):
        second = subprocess.Popen([sys.executable, "-c", waiting], cwd=root, stdout=subprocess.PIPE, text=True)
        assert second.stdout is not None
        assert "another command works on this clone" in second.stdout.readline()

    assert second.communicate(timeout=10)[0] == "mine\n"


def test_environment_is_built_anew_when_it_has_to_be() -> None:
    """Other requirements, another Python and another place each need another environment."""
    stamps = {
        stamp_text(requirements, python, root)
        for requirements in (b"a", b"b")
        for python in ((3, 11), (3, 12))
        for root in (Path("/a"), Path("/b"))
    }

    assert len(stamps) == 8


def test_a_linked_environment_is_left_alone(clone: Clone, tmp_path: Path) -> None:
    """Making it anew would empty what the link leads to, which other clones use."""
    shared = tmp_path / "shared" / "lib"
    shared.mkdir(parents=True)
    (clone.root / ".venv").symlink_to(shared.parent)
    (clone.root / "requirements").mkdir()
    (clone.root / "requirements/dev.txt").touch()
    refused = clone.run("environment")

    assert refused.returncode == 1
    assert "is a link" in refused.stderr + refused.stdout
    assert shared.exists()


def test_problem_says_what_to_do() -> None:
    """A failure is told with its evidence and the next step."""
    report = Problem("It broke.", "Mend it.", ["a log line"]).report()

    assert report == "Problem: It broke.\n  | a log line\n  What to do: Mend it."


def test_table_ends_with_the_reasons() -> None:
    """What is not ready says why below the table."""
    rows = [
        Row("api", "ready", 42, 8080, 61, "http://127.0.0.1:8080/"),
        Row("queue_worker", "not ready", 43, 8084, 5, "", "/readyz answers 503"),
    ]

    lines = as_table(rows).splitlines()

    assert lines[1].split() == ["api", "ready", "42", "8080", "1m", "1s", "http://127.0.0.1:8080/"]
    assert lines[-1] == "queue_worker: /readyz answers 503"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3 * 3600 + 120, "3h 2m"), (90000, "1d 1h")]
)
def test_durations(seconds: int, text: str) -> None:
    """A length of time is told in its two largest units."""
    assert duration(seconds) == text


def test_newer_code_is_noticed(tmp_path: Path) -> None:
    """Code that changed after a moment is newer than it."""
    file = tmp_path / "code.py"
    file.touch()
    changed = file.stat().st_mtime

    assert is_newer([file], changed - 1)
    assert not is_newer([file], changed)


def test_welcome_hides_demo_logins_in_production() -> None:
    """The demo's password is shown where there is a demo."""
    ports = {"API_PORT": 1, "GATEWAY_WS_PORT": 2, "RECEIVER_PORT": 3}

    assert "prosa-demo" in welcome(ports, demo=True, how_to_stop="")
    assert "prosa-demo" not in welcome(ports, demo=False, how_to_stop="")
