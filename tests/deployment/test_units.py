"""deploy/systemd: units that systemd understands, and that start what is there."""

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.realtime_gateway.settings import Settings as GatewaySettings
from shared.runtime.run import INSIST_AFTER_SECONDS
from tests.deployment.files import DEPLOY, PODS

UNITS = DEPLOY / "systemd"
PYTHON = "/opt/prosa/.venv/bin/python"
NAMES = (
    *(f"prosa@{service}.service" for service in PODS),
    "prosa.target",
    "prosa-migrate.service",
    "prosa-backup.timer",
)


def test_systemd_understands_every_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` knows each line; a word that it does not know would only be ignored."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not on this machine")
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text("utf-8").replace(PYTHON, sys.executable), "utf-8")
    done = subprocess.run(
        [program, "verify", "--man=no", *NAMES],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


def test_units_start_modules_that_are_there() -> None:
    """Each `-m` is a module of the repository, for every service that the target wants."""
    wanted = re.findall(r"prosa@(\w+)\.service", (UNITS / "prosa.target").read_text("utf-8"))
    assert sorted(wanted) == sorted(PODS)
    for unit in UNITS.glob("*.service"):
        for module in re.findall(r"^ExecStart=\S+ -m (\S+)", unit.read_text("utf-8"), re.MULTILINE):
            for service in PODS if "%i" in module else [""]:
                name = f"{module.replace('%i', service)}"
                found = importlib.util.find_spec(name)
                assert found is not None, f"{unit.name}: {name}"


def test_logins_are_made_between_the_schema_and_the_queues() -> None:
    """Their roles come from the migrations."""
    unit = (UNITS / "prosa-migrate.service").read_text("utf-8")
    assert re.findall(r"^ExecStart=\S+ -m (\S+)", unit, re.MULTILINE) == [
        "shared.db.migrate", "shared.db.logins", "shared.broker.declare"
    ]  # fmt: skip


def test_services_have_time_to_end() -> None:
    """Farewells of a gateway with several processes, by its default, and what may come after."""
    template = (UNITS / "prosa@.service").read_text("utf-8")
    [patience] = re.findall(r"^TimeoutStopSec=(\d+)$", template, re.MULTILINE)
    drain_seconds = GatewaySettings.model_fields["drain_time"].default / 1000

    assert int(patience) > INSIST_AFTER_SECONDS + 2 * drain_seconds
