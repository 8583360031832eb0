"""The metrics that PromQL expressions name, in rules and dashboards."""

import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # the locked environment has no stubs

from deploy.local.settings import repository_root

DEPLOY = repository_root() / "deploy"
RULES = DEPLOY / "prometheus" / "rules"
DASHBOARDS = DEPLOY / "grafana"

_PREFIX = r"(?:webhook_receiver|queue_worker|realtime_gateway|api|process|python|prosa:\w+:\w+|up\b|ALERTS\b)"
_NAME = re.compile(rf"(?<![\w:$\"]){_PREFIX}\w*(?![\w\"])")
_PATTERN = re.compile(r'__name__=~"([^"]+)"')
_STRING = re.compile(r'"[^"]*"')


def names_in(expression: str) -> set[str]:
    """Every metric an expression reads; a pattern of names stands for each of its alternatives."""
    listed = {name for pattern in _PATTERN.findall(expression) for name in _alternatives(pattern)}
    return listed | set(_NAME.findall(_STRING.sub('""', expression)))


def _alternatives(pattern: str) -> Iterator[str]:
    parts = [part.split("|") for part in re.split(r"[()]", pattern)]
    return map("".join, itertools.product(*parts))


@cache
def rules() -> list[dict[str, Any]]:
    """Every rule of deploy/prometheus."""
    return [
        rule
        for path in sorted(RULES.glob("*.yml"))
        for group in yaml.safe_load(path.read_text("utf-8"))["groups"]
        for rule in group["rules"]
    ]


@cache
def alerts() -> dict[str, dict[str, Any]]:
    """The alerts by their names."""
    return {rule["alert"]: rule for rule in rules() if "alert" in rule}


@cache
def dashboards() -> dict[str, dict[str, Any]]:
    """Every dashboard of deploy/grafana by its file's name."""
    return {path.name: json.loads(path.read_text("utf-8")) for path in sorted(_dashboard_files())}


def _dashboard_files() -> Iterator[Path]:
    return DASHBOARDS.glob("dashboards/*.json")


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    """Its panels that show something, also those in rows."""
    return [
        inner
        for panel in dashboard["panels"]
        for inner in [panel, *panel.get("panels", [])]
        if inner.get("type") != "row"
    ]


def queries(dashboard: dict[str, Any]) -> list[str]:
    """What a dashboard asks Prometheus, with Grafana's variables filled in."""
    asked = [target["expr"] for panel in panels(dashboard) for target in panel.get("targets", [])]
    return [query.replace("$__rate_interval", "5m").replace("$__range", "1h") for query in asked]
