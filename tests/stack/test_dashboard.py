"""The dashboard's packages and build: made where they are needed, and only then."""

import io
import json
import os
import sys
from pathlib import Path

import pytest

from deploy.local.dashboard import STAMP, ensure_dashboard, node_version, try_dashboard
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import Settings

NPM = """#!{python}
import pathlib, sys
with open("calls", "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if pathlib.Path("fails").exists():
    print("npm error network")
    sys.exit(1)
if sys.argv[1] == "ci":
    pathlib.Path("node_modules").mkdir(exist_ok=True)
else:
    made = pathlib.Path(sys.argv[sys.argv.index("--outDir") + 1])
    made.mkdir()
    (made / "index.html").write_text(pathlib.Path("src/main.tsx").read_text())
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A clone with a dashboard of one file, and programs in place of Node's that write down how they were called."""
    folder = tmp_path / "services" / "dashboard"
    (folder / "src").mkdir(parents=True)
    (tmp_path / ".local").mkdir()
    (folder / "src" / "main.tsx").write_text("one")
    (folder / "package.json").write_text(json.dumps({"scripts": {"build": "vite build"}}))
    (folder / "package-lock.json").write_text("{}")
    _program(tmp_path / "bin" / "npm", NPM.format(python=sys.executable))
    _program(tmp_path / "bin" / "node", "#!/bin/sh\necho v20.19.0\n")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return Settings(tmp_path, {})


def _program(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def folder(settings: Settings) -> Path:
    return settings.root / "services" / "dashboard"


def build(settings: Settings) -> str:
    ensure_dashboard(settings, Progress(io.StringIO()))
    return (folder(settings) / "dist" / "index.html").read_text()


def calls(settings: Settings) -> list[str]:
    """Which commands of npm were called since the last look."""
    written = folder(settings) / "calls"
    lines = written.read_text().splitlines() if written.exists() else []
    written.unlink(missing_ok=True)
    return [line.split()[0] for line in lines]


def test_the_second_call_changes_nothing(settings: Settings) -> None:
    """Packages and build are made once."""
    assert build(settings) == "one"
    assert calls(settings) == ["ci", "run"]
    assert build(settings) == "one"
    assert calls(settings) == []


def test_a_changed_source_is_built_with_the_packages_that_are_there(settings: Settings) -> None:
    """Also a file that is new, and one that is gone; what only tests read changes nothing."""
    build(settings)
    calls(settings)
    for change in (
        lambda: (folder(settings) / "src" / "main.tsx").write_text("two"),
        lambda: (folder(settings) / "src" / "more.tsx").write_text(""),
        (folder(settings) / "src" / "more.tsx").unlink,
    ):
        change()
        assert build(settings) in ("one", "two")
        assert calls(settings) == ["run"]
    (folder(settings) / "src" / "main.test.ts").write_text("test")
    build(settings)
    assert calls(settings) == []


def test_other_packages_are_installed_before_the_build(settings: Settings) -> None:
    """The lock file says which ones."""
    build(settings)
    calls(settings)
    (folder(settings) / "package-lock.json").write_text('{"other": 1}')
    build(settings)
    assert calls(settings) == ["ci", "run"]


def test_packages_behind_a_link_are_taken_as_they_are(settings: Settings, tmp_path: Path) -> None:
    """Installing would empty a folder that others use."""
    (tmp_path / "shared-modules").mkdir()
    (folder(settings) / "node_modules").symlink_to(tmp_path / "shared-modules")
    build(settings)
    assert calls(settings) == ["run"]
    assert list((tmp_path / "shared-modules").iterdir()) == []


def test_a_build_that_fails_leaves_the_one_before(settings: Settings) -> None:
    """What failed is shown with the end of its output, and the next call tries again."""
    build(settings)
    (folder(settings) / "src" / "main.tsx").write_text("two")
    (folder(settings) / "fails").touch()
    with pytest.raises(Problem) as caught:
        build(settings)
    assert "npm error network" in caught.value.report()
    assert (folder(settings) / "dist" / "index.html").read_text() == "one"

    (folder(settings) / "fails").unlink()
    assert build(settings) == "two"
    assert not (folder(settings) / "dist.old").exists()
    assert (folder(settings) / "dist" / STAMP).exists()


def test_without_a_usable_node_the_rest_goes_on(settings: Settings, tmp_path: Path) -> None:
    """The message says what is missing and how to get it."""
    _program(tmp_path / "bin" / "node", "#!/bin/sh\necho v18.20.4\n")
    said = io.StringIO()
    try_dashboard(settings, Progress(said))
    assert "needs Node 20.19 or newer; this is v18.20.4" in said.getvalue()
    assert "everything else works" in said.getvalue()
    assert calls(settings) == []


def test_a_clone_without_a_dashboard_needs_none(tmp_path: Path) -> None:
    """Nothing is looked for or installed."""
    ensure_dashboard(Settings(tmp_path, {}), Progress(io.StringIO()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("text", "version"), [("v20.19.1\n", (20, 19)), ("v8.0.0", (8, 0)), ("", None), ("x", None)])
def test_nodes_version_is_read(text: str, version: tuple[int, int] | None) -> None:
    """As `node --version` prints it."""
    assert node_version(text) == version
