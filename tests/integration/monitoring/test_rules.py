"""The rules of deploy/prometheus, judged by promtool."""

import re
from pathlib import Path

import pytest

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


def test_an_alert_that_hears_nothing_is_found_out(tmp_path: Path) -> None:
    """The tests can fail: with no rule that can fire, every one of them does."""
    for folder in ("rules", "tests"):
        (tmp_path / folder).mkdir()
    for path in (PLACE / "rules").glob("*.yml"):
        (tmp_path / "rules" / path.name).write_text(
            re.sub(r"for: \d+m", "for: 9000h", path.read_text("utf-8")), "utf-8"
        )
    (tmp_path / "tests" / "api.yml").write_text((PLACE / "tests" / "api.yml").read_text("utf-8"), "utf-8")

    tested = promtool("test", "rules", str(tmp_path / "tests" / "api.yml"))

    failed = set(re.findall(r'alertname=\\"(\w+)', tested.stdout + tested.stderr))
    written = set(re.findall(r"- alert: (\w+)", (PLACE / "rules" / "api.yml").read_text("utf-8")))
    assert failed == written
