"""Browsers and packages that the clients need, installed by what needs them."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from deploy.local.binaries import find_chromium, find_program, missing
from deploy.local.lock import exclusive
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import read_settings, repository_root
from deploy.local.workspace import ensure_workspace
from tests.lacking import give_up
from tests.product import ROOT

HERE = Path(__file__).parent
NODE_FOLDER = ROOT / ".local" / "public-clients"
FROM_NODE = ("package.json", "package-lock.json", "follower.mjs", "ws.mjs")


def need(*programs: str) -> None:
    """Have these programs, installed through the system's packages where they are missing; what fails here skips a
    test on somebody's machine and fails it in CI.
    """
    settings = read_settings(repository_root(), os.environ)
    try:
        ensure_workspace(settings)
        with exclusive(settings.local / "lock", Progress()):
            install(missing(programs), settings.root, settings.local / "packages.log", Progress())
    except Problem as problem:
        give_up(problem.report())
    if lacking := missing(programs):
        give_up(f"not installed: {', '.join(sorted(lacking))}")


def chromium() -> str:
    """The browser."""
    need("chromium")
    return str(find_chromium())


def node_script(name: str) -> list[str]:
    """How to run a script that uses the npm packages."""
    need("node", "npm")
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    with exclusive(NODE_FOLDER / "lock", Progress()):  # tests that run beside each other need the same packages
        for file in FROM_NODE:
            shutil.copy(HERE / "node" / file, NODE_FOLDER / file)
        _install_packages()
    return [str(find_program("node")), str(NODE_FOLDER / name)]


def _install_packages() -> None:
    stamp = NODE_FOLDER / "stamp"
    wanted = hashlib.sha256((NODE_FOLDER / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return
    command = ("npm", "ci", "--omit-lockfile-registry-resolved=true", "--no-audit", "--no-fund")
    done = subprocess.run(command, cwd=NODE_FOLDER, capture_output=True, text=True, check=False, timeout=45)
    if done.returncode != 0:
        give_up(f"npm ci failed: {(done.stdout + done.stderr)[-1000:]}")
    stamp.write_text(wanted, "ascii")
