"""Running things: a command with its output in a log, several tasks at the same time."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def run_logged(command: Sequence[str], cwd: Path, log: Path, environment: Mapping[str, str] | None = None) -> int:
    """Run a command with its output in a log file; when interrupted, it has ended before the interruption goes on."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            return process.wait()
        except BaseException:
            # Never killed: a package manager is left to finish its step, and apt_install.sh to tidy up after it.
            process.terminate()
            process.wait()
            raise


def together(tasks: Sequence[Callable[[], None]]) -> None:
    """Run tasks at the same time; all have ended when this returns or raises the first failure."""
    with ThreadPoolExecutor(max(1, len(tasks))) as pool:
        futures = [pool.submit(task) for task in tasks]
    for future in futures:
        future.result()
