"""docs/metrics.md against the metrics modules."""

import importlib
import tomllib

import pytest
from prometheus_client import REGISTRY, Gauge
from prometheus_client.metrics import MetricWrapperBase

from services.realtime_gateway import metrics as gateway_metrics
from shared import VERSION
from tests.contract.tables import ROOT, code, rows_by_heading

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")
IDS = {"clinic", "clinic_id", "tenant", "source", "source_id", "user", "user_id", "conversation", "channel", "contact"}
BOUNDED = {("api_cache_answer_duration_seconds", "source")}  # where an answer came from: one of four
OF_THE_LIBRARY = ("python_", "process_")


def metrics_of(service: str) -> dict[str, tuple[str, str]]:
    """A service's metrics under the names they are exposed by: type and labels, as the table writes them."""
    module = importlib.import_module(f"services.{service}.metrics")
    declared = [value for value in vars(module).values() if isinstance(value, MetricWrapperBase)]
    found = {}
    for metric in declared:
        [described] = metric.describe()
        name = f"{described.name}_total" if described.type == "counter" else described.name
        found[name] = (described.type, ", ".join(f"`{label}`" for label in metric._labelnames))
    assert len(found) == len(declared)
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_each_table_lists_the_metrics_of_its_service(service: str) -> None:
    """Where this fails, a metric was added, renamed or got another label: change the table."""
    rows = rows_by_heading("metrics.md")[service]

    assert metrics_of(service) == {code(name): (kind, labels) for name, kind, labels, _meaning in rows}
    assert all(meaning for *_, meaning in rows)


@pytest.mark.parametrize("service", SERVICES)
def test_no_label_names_what_has_no_bound(service: str) -> None:
    """Each label's value is a series that Prometheus keeps for weeks: clinics, sources and people would fill it."""
    labels = {
        (name, label.strip("` "))
        for name, (_, listed) in metrics_of(service).items()
        for label in listed.split(",")
        if label.strip("` ") in IDS
    }

    assert labels - BOUNDED == set()


def test_gauges_of_several_processes_forget_the_dead() -> None:
    """The gateway's processes answer as one, and what a dead one had open is open no more."""
    modes = {
        name: metric._multiprocess_mode for name, metric in vars(gateway_metrics).items() if isinstance(metric, Gauge)
    }

    assert {name for name, mode in modes.items() if mode not in ("livesum", "livemax", "livemin")} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_each_process_says_how_it_fares(service: str) -> None:
    """Which build, whether its loop turns in time, what collecting garbage costs, and what it has of Postgres."""
    wanted = {"build_info", "loop_lag_seconds", "gc_pause_seconds"}
    if service != "realtime_gateway":  # it has no database
        wanted |= {"pool_connections", "pool_waiting"}

    assert {f"{service}_{name}" for name in wanted} <= set(metrics_of(service))


def test_the_version_is_the_packages() -> None:
    """What /metrics and the command line say is what is released."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION


@pytest.mark.parametrize("service", SERVICES)
def test_metrics_carry_the_name_of_their_service(service: str) -> None:
    """So no two services' names can clash, and a dashboard says where a figure comes from."""
    assert [name for name in metrics_of(service) if not name.startswith(f"{service}_")] == []


def test_nothing_is_measured_beside_the_metrics_modules() -> None:
    """With all four services loaded, the registry holds what the modules declare and what the library adds."""
    documented = {name for service in SERVICES for name in metrics_of(service)}
    for service in SERVICES:
        importlib.import_module(f"services.{service}.app")

    registered = {
        f"{metric.name}_total" if metric.type == "counter" else metric.name
        for metric in REGISTRY.collect()
        if not metric.name.startswith(OF_THE_LIBRARY)
    }
    assert registered == documented
