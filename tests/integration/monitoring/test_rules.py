"""The rules of deploy/prometheus, judged by promtool."""

import re
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]

from tests.prometheus_server import CONFIGURATION, PLACE, promtool

TESTS = sorted((PLACE / "tests").glob("*.yml"))


def test_the_configuration_is_one() -> None:
    """With every rule file that it names."""
    checked = promtool("check", "config", str(CONFIGURATION))

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("rules found") == len(list((PLACE / "rules").glob("*.yml")))


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_alerts_fire_when_they_should_and_only_then(path: Path) -> None:
    """Each group's own tests."""
    tested = promtool("test", "rules", str(path))

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "SUCCESS" in tested.stdout


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_an_alert_that_waits_for_ever_or_not_at_all_is_found_out(path: Path, tmp_path: Path) -> None:
    """The tests can fail: with another time to wait those of every alert do that has one."""
    groups = yaml.safe_load((PLACE / "rules" / path.name).read_text("utf-8"))["groups"]
    waiting = {rule["alert"] for group in groups for rule in group["rules"] if "for" in rule}

    assert waiting
    assert failing(path, "9000h", tmp_path) == waiting
    assert failing(path, "0s", tmp_path) == waiting


def failing(tests: Path, wait: str, place: Path) -> set[str]:
    """The alerts whose tests fail where all of them wait so long."""
    for folder in ("rules", "tests"):
        (place / folder).mkdir(exist_ok=True)
    for path in (PLACE / "rules").glob("*.yml"):
        (place / "rules" / path.name).write_text(
            re.sub(r"for: \w+\n", f"for: {wait}\n", path.read_text("utf-8")), "utf-8"
        )
    (place / "tests" / tests.name).write_text(tests.read_text("utf-8"), "utf-8")
    tested = promtool("test", "rules", str(place / "tests" / tests.name))
    return set(re.findall(r'alertname=\\"(\w+)', tested.stdout + tested.stderr))
