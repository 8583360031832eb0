"""Installs what the benchmark measures beside ours into .local: npm packages by their lock, PyPI's by their hashes."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from deploy.local.binaries import missing
from deploy.local.packages import install
from deploy.local.progress import Progress
from tests.product import ROOT

HERE = Path(__file__).parent
NODE = ROOT / ".local" / "bench" / "peers-node"
PYTHON = ROOT / ".local" / "bench" / "peers-python"
MANIFESTS = ("package.json", "package-lock.json")


def install_peers() -> None:
    """Bring both to what the lock files say, with Node; nothing to do when they are there already."""
    install(missing(("node", "npm")), ROOT, ROOT / ".local" / "packages.log", Progress())
    _unless_done(NODE, [HERE / name for name in MANIFESTS], _install_node)
    _unless_done(PYTHON, [HERE / "requirements.txt"], _install_python)


def peer_python() -> str:
    """The interpreter of the peers' own environment."""
    return str(PYTHON / "bin" / "python")


def node_script(name: str) -> str:
    """A script beside the packages that it imports: Node looks for them in its folder and those above."""
    return str(shutil.copy(HERE / name, NODE / name))


def _unless_done(place: Path, locks: Sequence[Path], install: Callable[[], None]) -> None:
    wanted = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    stamp = place / "stamp"
    if stamp.exists() and stamp.read_text("ascii") == wanted:
        return
    install()
    stamp.write_text(wanted, "ascii")


def _install_node() -> None:
    NODE.mkdir(parents=True, exist_ok=True)
    for name in MANIFESTS:
        shutil.copy(HERE / name, NODE / name)
    _run("npm", "ci", "--omit-lockfile-registry-resolved=true", "--no-audit", "--no-fund", "--prefix", str(NODE))


def _install_python() -> None:
    _run(sys.executable, "-m", "venv", "--clear", str(PYTHON))
    pip = (peer_python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
    _run(*pip, "--require-hashes", "-r", str(HERE / "requirements.txt"))


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"installing the peers failed: {' '.join(command)}\n{(done.stdout + done.stderr)[-2000:]}")
