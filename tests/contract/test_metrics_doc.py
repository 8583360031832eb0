"""docs/metrics.md against the metrics modules."""

import importlib

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from tests.contract.tables import code, rows_by_heading

SERVICES = ("webhook_receiver", "queue_worker", "realtime_gateway", "api")
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
