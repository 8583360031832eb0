"""The virtual environment, built from the hash-pinned requirements."""

import hashlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.local.logs import last_lines
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import Settings
from deploy.local.tasks import run_logged

REQUIREMENTS = "requirements/dev.txt"


def ensure_environment(settings: Settings, progress: Progress) -> None:
    """Bring `.venv` to what the requirements say; nothing to do when it is there already."""
    stamp = settings.venv / "prosa-stamp"
    wanted = stamp_text(_requirements(settings), sys.version_info[:2], settings.root)
    if stamp.exists() and stamp.read_text("utf-8") == wanted and settings.python.exists():
        return
    _refuse_link(settings)
    _ensure_venv(settings, progress)
    _install_requirements(settings, progress)
    stamp.write_text(wanted, "utf-8")


def stamp_text(requirements: bytes, python: tuple[int, int], root: Path) -> str:
    """What an environment was built from; its scripts contain the clone's path, so a moved clone needs a new one."""
    return f"{hashlib.sha256(requirements).hexdigest()} python {python[0]}.{python[1]} in {root}\n"


def _refuse_link(settings: Settings) -> None:
    # Making it anew would first empty the folder that it leads to, which others use.
    if settings.venv.is_symlink():
        raise Problem(
            f"{settings.venv} is a link to an environment that was not made here from these requirements.",
            "Use it as it is (.venv/bin/…), bring it up to date where it was made, or remove the link.",
        )


def _requirements(settings: Settings) -> bytes:
    try:
        return (settings.root / REQUIREMENTS).read_bytes()
    except FileNotFoundError:
        raise Problem(f"{REQUIREMENTS} is missing.", "Restore it from git, or compile it: make lock") from None


def _ensure_venv(settings: Settings, progress: Progress) -> None:
    if _is_usable(settings):
        return
    if _cannot_make_venv():
        install({"venv"}, settings.root, settings.local / "packages.log", progress)
    progress.say(f"making .venv with Python {sys.version.split()[0]}")
    _run(
        settings, [sys.executable, "-m", "venv", "--clear", str(settings.venv)], "Making the virtual environment failed"
    )


def _is_usable(settings: Settings) -> bool:
    """Whether `.venv` is of this Python and place; then it is updated under running services instead of rebuilt."""
    pip = settings.venv / "bin" / "pip"
    if not pip.exists() or not pip.read_bytes().startswith(b"#!" + os.fsencode(settings.venv)):
        return False
    question = [str(settings.python), "-c", "import pip, sys; print(sys.version_info[:2])"]
    answer = subprocess.run(question, capture_output=True, text=True, check=False).stdout.strip()
    return answer == str(tuple(sys.version_info[:2]))


def _cannot_make_venv() -> bool:
    # Debian packs both apart from Python, and what is left of them may still be found as an empty package.
    return any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")) or not _has_main("ensurepip")


def _has_main(package: str) -> bool:
    return importlib.util.find_spec(f"{package}.__main__") is not None


def _install_requirements(settings: Settings, progress: Progress) -> None:
    progress.say(f"installing {REQUIREMENTS} into .venv (output in {_log(settings).relative_to(settings.root)})")
    pip = [str(settings.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    # Everything is pinned: nothing is left to resolve. What is imported is compiled then; most of it never is.
    pinned = ["--no-deps", "--no-compile", "--require-hashes", "-r", REQUIREMENTS]
    _run(settings, [*pip, *pinned], "Installing the requirements failed")
    progress.say("environment ready")


def _run(settings: Settings, command: Sequence[str], failure: str) -> None:
    code = run_logged(command, settings.root, _log(settings))
    if code != 0:
        raise Problem(
            f"{failure} with exit code {code}: {' '.join(command)}",
            f"Read {_log(settings)}; often the network or the package index is away. Then run the same command again.",
            last_lines(_log(settings), 15),
        )


def _log(settings: Settings) -> Path:
    return settings.local / "environment.log"
