"""deploy/prometheus and deploy/grafana against the metrics, the runbook and their own tests."""

import importlib
import re
from collections import Counter
from functools import cache
from itertools import combinations
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the locked environment has no stubs
from prometheus_client.metrics import MetricWrapperBase

from tests.contract.tables import DOCS
from tests.promql import DEPLOY, alerts, dashboards, names_in, panels, queries, rules

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")
OTHERS = {
    "up",
    "ALERTS",
    "process_open_fds",
    "process_max_fds",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
}
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SEVERITIES = {"critical", "warning"}
PAGE_WIDTH = 24


def exposed() -> set[str]:
    """The names of all series that the services have."""
    found = set()
    for service in SERVICES:
        module = importlib.import_module(f"services.{service}.metrics")
        for metric in vars(module).values():
            if isinstance(metric, MetricWrapperBase):
                [described] = metric.describe()
                found |= {described.name + suffix for suffix in SUFFIXES[described.type]}
    return found


def known() -> set[str]:
    return exposed() | OTHERS | {rule["record"] for rule in rules() if "record" in rule}


@cache
def headings(page: str) -> set[str]:
    """The anchors of a page, as they are made of its headings."""
    lines = re.findall(r"^#+ (.+)$", (DOCS / page).read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


@cache
def moments_of_tests() -> dict[str, list[bool]]:
    """By alert: whether it must fire, at each moment that deploy/prometheus/tests looks at it."""
    found: dict[str, list[bool]] = {}
    for path in (DEPLOY / "prometheus" / "tests").glob("*.yml"):
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for looked in test["promql_expr_test"]:
                [alert] = re.findall(r'ALERTS\{alertname="(\w+)",alertstate="firing"\}', looked["expr"])
                assert alert == test["name"], f"{path.name}: {test['name']} looks at {alert}"
                found.setdefault(alert, []).append(bool(looked["exp_samples"]))
    return found


def test_names_are_found_in_expressions() -> None:
    """Also where a pattern stands for several; labels, texts and functions are no names."""
    expression = (
        'sum by (job, api) (rate({__name__=~"(api|queue_worker)_loop_lag_seconds_bucket"}[5m])) > prosa:a:b + up'
    )

    assert names_in(expression) - {"api"} == {
        "api_loop_lag_seconds_bucket",
        "queue_worker_loop_lag_seconds_bucket",
        "prosa:a:b",
        "up",
    }


def test_rules_name_metrics_that_exist() -> None:
    """An alert over a metric that was renamed never fires, and nobody notices."""
    named = {name for rule in rules() for name in names_in(rule["expr"])}

    assert named - known() == set()
    assert named


@pytest.mark.parametrize("file", dashboards())
def test_dashboards_name_metrics_that_exist(file: str) -> None:
    """A panel over a metric that was renamed is empty, which looks like quiet."""
    named = {name for query in queries(dashboards()[file]) for name in names_in(query)}

    assert named - known() == set()
    assert named


def test_alerts_have_names_of_their_own() -> None:
    """Rules of one name would hide one another in tests and silences."""
    assert [name for name, times in Counter(rule.get("alert") for rule in rules()).items() if name and times > 1] == []


@pytest.mark.parametrize("alert", alerts())
def test_each_alert_leads_to_its_section_of_the_runbook(alert: str) -> None:
    """Whoever is woken reads what it means and what to do."""
    annotations = alerts()[alert]["annotations"]
    page, _, anchor = annotations["runbook_url"].partition("#")

    assert page == "docs/runbook.md"
    assert anchor == alert.lower()
    assert anchor in headings("runbook.md")
    assert annotations["summary"]
    assert annotations["description"]
    assert alerts()[alert]["labels"]["severity"] in SEVERITIES


def test_the_runbook_has_no_section_of_an_alert_that_is_gone() -> None:
    """Its third-level headings are the alerts' names, each once."""
    sections = re.findall(r"^### (\w+)$", (DOCS / "runbook.md").read_text("utf-8"), re.MULTILINE)

    assert sorted(sections) == sorted(alerts())


@pytest.mark.parametrize("alert", alerts())
def test_each_alert_is_tested_both_ways(alert: str) -> None:
    """It is silent before, and fires when it should."""
    moments = moments_of_tests()[alert]

    assert moments[0] is False
    assert True in moments


@pytest.mark.parametrize("file", dashboards())
def test_dashboards_fit_the_page(file: str) -> None:
    """Panels lie beside one another, not upon, each with a number of its own, and ask the source that is chosen."""
    dashboard = dashboards()[file]
    placed = [panel["gridPos"] for panel in dashboard["panels"]]

    assert all(place["x"] + place["w"] <= PAGE_WIDTH for place in placed)
    assert [pair for pair in combinations(placed, 2) if overlap(*pair)] == []
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(placed)
    assert {panel["datasource"]["uid"] for panel in panels(dashboard)} == {"${datasource}"}
    assert len({(panel["title"]) for panel in panels(dashboard)}) == len(panels(dashboard))


def test_dashboards_have_addresses_of_their_own() -> None:
    """Grafana keeps one dashboard for each uid."""
    uids = [dashboard["uid"] for dashboard in dashboards().values()]

    assert sorted(uids) == sorted(set(uids))
    assert len(uids) == 3


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    apart = (
        one["x"] + one["w"] <= other["x"]
        or other["x"] + other["w"] <= one["x"]
        or one["y"] + one["h"] <= other["y"]
        or other["y"] + other["h"] <= one["y"]
    )
    return not apart
