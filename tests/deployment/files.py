"""What deploy/ says, read."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from tests.contract.tables import ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
# Each service, as Kubernetes calls it, since names there have no underscores.
PODS = {
    "webhook_receiver": "webhook-receiver",
    "queue_worker": "queue-worker",
    "realtime_gateway": "realtime-gateway",
    "api": "api",
}
Object = Mapping[str, Any]
# The one in C, where the library was built with it: both are safe ones.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def documents(text: str) -> list[Object]:
    """The objects of a stream of YAML."""
    return [document for document in yaml.load_all(text, _LOADER) if document]


def read_yaml(path: Path) -> Any:
    [document] = documents(path.read_text("utf-8"))
    return document


@cache
def manifests() -> Sequence[tuple[Path, Object]]:
    """Every object of the base and the components, and those that overlays add."""
    files = [path for path in sorted(KUBERNETES.rglob("*.yaml")) if path.name != "kustomization.yaml"]
    return [(path, document) for path in files for document in documents(path.read_text("utf-8"))]


def workload(service: str) -> Object:
    """What runs a service's pods."""
    [found] = [
        one
        for _, one in manifests()
        if one["kind"] in {"Deployment", "StatefulSet"} and one["metadata"]["name"] == PODS[service]
    ]
    return found


def pod_of(found: Object) -> Any:
    return found["spec"]["template"]["spec"]


def of_kind(kind: str) -> list[Object]:
    return [one for _, one in manifests() if one["kind"] == kind]
