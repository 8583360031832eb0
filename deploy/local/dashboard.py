"""The dashboard's packages and build, made anew when what they are made from has changed."""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from deploy.local.binaries import find_program, missing
from deploy.local.lock import exclusive
from deploy.local.logs import last_lines
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import Settings
from deploy.local.tasks import run_logged

OLDEST_NODE = (20, 19)
STAMP = ".prosa-stamp"
# What a build is made from; the packages are told by their lock file.
_SOURCES = ("src", "public", "index.html", "package-lock.json", "package.json", "tsconfig.json")
_NO_PART = (".test.ts", ".test.tsx")


def ensure_dashboard(settings: Settings, progress: Progress) -> None:
    """Bring the build to what the sources say, with Node and its packages; nothing to do when it is there already."""
    folder = _folder(settings)
    if not (folder / "package.json").exists():
        return
    with exclusive(settings.local / "dashboard.lock", progress):
        wanted = build_stamp(_source_files(folder), folder)
        if _is_stamped(folder / "dist", wanted):
            return
        _have_packages(settings, progress)
        _build(settings, wanted, progress)


def try_dashboard(settings: Settings, progress: Progress) -> None:
    """The same for those who want the rest of the product in any case: what is in the way is said, and it goes on."""
    try:
        ensure_dashboard(settings, progress)
    except Problem as problem:
        progress.line(problem.report())
        progress.say("going on without a new build of the dashboard; everything else works")


def ensure_packages(settings: Settings, progress: Progress) -> None:
    """Have Node and the packages of the lock file."""
    with exclusive(settings.local / "dashboard.lock", progress):
        _have_packages(settings, progress)


def _have_packages(settings: Settings, progress: Progress) -> None:
    install(missing(("node", "npm")), settings.root, settings.local / "packages.log", progress)
    _refuse_old_node()
    folder = _folder(settings)
    modules, wanted = folder / "node_modules", packages_stamp((folder / "package-lock.json").read_bytes())
    # A link leads to packages that others use: as with a linked .venv, they are taken as they are.
    if modules.is_symlink() or _is_stamped(modules, wanted):
        return
    progress.say("installing the dashboard's packages (output in .local/dashboard.log)")
    _run(settings, [_program("npm"), "ci"], "Installing the dashboard's packages failed")
    (modules / STAMP).write_text(wanted, "utf-8")


def packages_stamp(lock_file: bytes) -> str:
    """What packages were installed from."""
    return hashlib.sha256(lock_file).hexdigest() + "\n"


def build_stamp(files: Iterable[Path], folder: Path) -> str:
    """What a build was made from: each file's name and content."""
    total = hashlib.sha256()
    for file in sorted(files):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(folder).as_posix()} {content}\n".encode())
    return total.hexdigest() + "\n"


def node_version(text: str) -> tuple[int, int] | None:
    """The version from what `node --version` prints."""
    found = re.match(r"v(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


def _folder(settings: Settings) -> Path:
    return settings.root / "services" / "dashboard"


def _source_files(folder: Path) -> list[Path]:
    named = [folder / name for name in _SOURCES]
    below = [file for place in named if place.is_dir() for file in place.rglob("*")]
    files = [*(place for place in named if place.is_file()), *below, *folder.glob("*.ts")]
    return [file for file in files if file.is_file() and not file.name.endswith(_NO_PART)]


def _is_stamped(directory: Path, wanted: str) -> bool:
    stamp = directory / STAMP
    return stamp.is_file() and stamp.read_text("utf-8") == wanted


def _refuse_old_node() -> None:
    answer = subprocess.run([_program("node"), "--version"], capture_output=True, text=True, check=False).stdout
    version = node_version(answer)
    if version is None or version < OLDEST_NODE:
        raise Problem(
            f"The dashboard needs Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer; this is {answer.strip() or 'none'}.",
            "Install a newer Node (nodejs.org has packages for every system), then run the same make command again.",
        )


def _build(settings: Settings, wanted: str, progress: Progress) -> None:
    """Build beside the old one and put it into its place whole: the API serves one or the other."""
    folder = _folder(settings)
    progress.say("building the dashboard (output in .local/dashboard.log)")
    command = [_program("npm"), "run", "build", "--", "--outDir", "dist.new", "--emptyOutDir"]
    _run(settings, command, "Building the dashboard failed")
    (folder / "dist.new" / STAMP).write_text(wanted, "utf-8")
    shutil.rmtree(folder / "dist.old", ignore_errors=True)
    if (folder / "dist").exists():
        (folder / "dist").rename(folder / "dist.old")
    (folder / "dist.new").rename(folder / "dist")
    shutil.rmtree(folder / "dist.old", ignore_errors=True)
    progress.say("dashboard built")


def _program(name: str) -> str:
    found = find_program(name)
    if found is None:
        raise Problem(f"{name} is not here.", "Install Node 20.19 or newer with npm, then run the same command again.")
    return str(found)


def _run(settings: Settings, command: Sequence[str], failure: str) -> None:
    log = settings.local / "dashboard.log"
    code = run_logged(command, _folder(settings), log)
    if code != 0:
        raise Problem(
            f"{failure} with exit code {code}: {' '.join(command)}",
            f"Read {log}; often the network or the package registry is away. Then run the same command again.",
            last_lines(log, 15),
        )
