"""Debian's packages without installing them: fetched and unpacked into .local."""

import subprocess
from collections.abc import Sequence
from pathlib import Path


def unpack(packages: Sequence[str], place: Path) -> None:
    """Fetch and unpack; nothing to do when they are there."""
    done = place / "unpacked"
    wanted = " ".join(packages)
    if done.exists() and done.read_text("ascii") == wanted:
        return
    place.mkdir(parents=True, exist_ok=True)
    if not _runs(["apt-get", "download", "-q", *packages], place):
        _run(["apt-get", "update", "-q"], place)  # a machine that never asked knows no packages
        _run(["apt-get", "download", "-q", *packages], place)
    for package in sorted(place.glob("*.deb")):
        _run(["dpkg", "-x", str(package), "."], place)
    done.write_text(wanted, "ascii")


def libraries(place: Path) -> dict[str, str]:
    """The environment in which its programs find the libraries that came with them."""
    return {"LD_LIBRARY_PATH": str(next((place / "usr" / "lib").glob("*-linux-gnu")))}


def _runs(command: Sequence[str], place: Path) -> bool:
    return subprocess.run(command, cwd=place, capture_output=True, check=False, timeout=300).returncode == 0


def _run(command: Sequence[str], place: Path) -> None:
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise SystemExit(f"unpacking failed (Debian is needed): {' '.join(command)}\n{done.stderr[-2000:]}")
