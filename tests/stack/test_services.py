"""The services' life, with stand-ins for the services and the real commands around them."""

import json
import signal
import subprocess
from pathlib import Path

from deploy.local.listeners import find_listener
from deploy.local.ports import service_ports
from tests.stack.conftest import Clone, eventually


def service_states(clone: Clone) -> dict[str, str]:
    """The state of each service by its name."""
    rows = json.loads(clone.run("status", "--json").stdout)
    return {row["what"]: row["state"] for row in rows if row["what"] not in ("postgres", "redis", "rabbitmq")}


def service_pids(clone: Clone) -> list[int]:
    rows = json.loads(clone.run("status", "--json").stdout)
    return [row["pid"] for row in rows if row["pid"]]


def test_up_and_down(clone_with_services: Clone) -> None:
    """`up` starts what is needed and nothing twice, also after a kill -9; `status` tells, also what a service says
    that is not ready; `down` leaves nothing. One test, because each `up` takes seconds.
    """
    clone = clone_with_services

    assert (up := clone.run("up")).returncode == 0, up.stderr
    assert set(service_states(clone).values()) == {"ready"}
    assert clone.run("status").returncode == 0
    before = service_pids(clone)
    assert "everything runs already" in clone.run("up").stderr
    assert service_pids(clone) == before
    assert "queue_worker     | queue_worker serves with postgresql" in clone.run("logs").stdout

    victim, *others = before
    subprocess.run(["kill", "-9", str(victim)], check=True)
    assert clone.run("up").returncode == 0
    now = service_pids(clone)
    assert now[1:] == others
    assert now[0] != victim

    (clone.root / "unready-queue_worker").touch()
    status = clone.run("status")
    assert status.returncode == 3
    assert 'queue_worker: /readyz answers 503: {"postgres":"no route"}' in status.stdout

    assert clone.run("down").returncode == 0
    assert clone.run("status").returncode == 3
    assert not [port for port in service_ports(clone.variables).values() if find_listener(port)]
    assert "nothing of the run stack is running" in clone.run("down").stderr


def test_broken_service_is_told(clone_with_services: Clone) -> None:
    """A service that does not start makes `up` fail with its name, exit code and words."""
    clone = clone_with_services
    (clone.root / "broken-api").touch()

    up = clone.run("up")

    assert up.returncode == 1
    assert "api ended with exit code 1 while it started" in up.stderr
    assert "api has a bad configuration" in up.stderr


def start_in_foreground(clone: Clone, output: Path) -> subprocess.Popen[bytes]:
    """`run`, waited for until it says that everything runs."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            clone.command("run"), cwd=clone.root, env=clone.environment(), stdout=file, stderr=subprocess.STDOUT
        )
    eventually(lambda: b"Prosa is running" in output.read_bytes(), "the start in the foreground")
    return process


def test_run_stops_everything_when_asked(clone_with_services: Clone, tmp_path: Path) -> None:
    """Ctrl-C in the foreground stops the services in order, and that counts as success."""
    process = start_in_foreground(clone_with_services, tmp_path / "output")

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=20) == 0
    assert set(service_states(clone_with_services).values()) == {"stopped"}
    text = (tmp_path / "output").read_text()
    assert "api              | api serves with postgresql" in text
    assert "api              | api drains" in text


def test_run_ends_with_the_first_service_that_ends(clone_with_services: Clone, tmp_path: Path) -> None:
    """A service that dies in the foreground is named, and nothing else goes on without it."""
    process = start_in_foreground(clone_with_services, tmp_path / "output")

    subprocess.run(["kill", "-9", str(service_pids(clone_with_services)[-1])], check=True)

    assert process.wait(timeout=20) == 1
    assert "api was killed by SIGKILL, so everything was stopped" in (tmp_path / "output").read_text()
    assert set(service_states(clone_with_services).values()) == {"stopped"}
