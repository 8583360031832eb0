"""The code of an earlier release, and what it is run with."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.product import ROOT

FROM_VARIABLE = "PROSA_UPGRADE_FROM"
REQUIREMENTS = "requirements/runtime.txt"


@dataclass(frozen=True)
class Release:
    """A copy of the code as it was, and a Python that has the packages it was locked with."""

    root: Path
    python: str

    async def run(self, module: str, environment: Mapping[str, str]) -> None:
        """Run one of its commands to its end."""
        process = await asyncio.create_subprocess_exec(
            self.python, "-m", module, cwd=self.root, env={**os.environ, **environment}
        )
        assert await process.wait() == 0, module


THIS = Release(ROOT, sys.executable)


def release_before(folder: Path) -> Release:
    """The release that PROSA_UPGRADE_FROM names, from the history of this clone."""
    name = os.environ.get(FROM_VARIABLE)
    if not name:
        pytest.skip("no earlier release is named: make rehearse-upgrade FROM=<tag or commit>")
    archive = subprocess.run(["git", "archive", name], cwd=ROOT, capture_output=True, check=False)
    assert archive.returncode == 0, f"this clone's history has no {name}: {archive.stderr.decode()}"
    folder.mkdir()
    subprocess.run(["tar", "x", "-C", str(folder)], input=archive.stdout, check=True)
    return Release(folder, _python_for(folder))


def _python_for(folder: Path) -> str:
    """This environment's, where the release was locked with the same packages; else that of one made for it."""
    wanted = (folder / REQUIREMENTS).read_bytes()
    if wanted == (ROOT / REQUIREMENTS).read_bytes():
        return sys.executable
    uv, made = str(Path(sys.executable).with_name("uv")), folder / ".venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(made)], check=True)
    python = str(made / "bin/python")
    install = [uv, "pip", "install", "--quiet", "--require-hashes", "--python", python]
    subprocess.run([*install, "-r", str(folder / REQUIREMENTS)], check=True)
    return python
