"""deploy/kubernetes against the API's schemas, and against the services that it runs."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate  # type: ignore[import-untyped]
import pytest

from services.api.settings import Settings as ApiSettings
from services.api.upload_places import MOST_AT_ONCE
from services.queue_worker.settings import Settings as WorkerSettings
from services.realtime_gateway.settings import Settings as GatewaySettings
from shared.broker.topology import Topology
from shared.db.logins import LOGINS
from shared.runtime.run import INSIST_AFTER_SECONDS
from tests.contract.tables import DOCS, code, rows_by_heading
from tests.contract.test_configuration_doc import settings_of
from tests.deployment.files import KUBERNETES, PODS, Object, documents, manifests, of_kind, pod_of, workload
from tests.deployment.keda import NEEDED, SCHEMAS
from tests.deployment.telling import CREDENTIALS, default_port, secret_value, start_settings

# The oldest whose clusters are still looked after, and the newest.
VERSIONS = ("1.33", "1.37")
OVERLAYS = ("staging", "production")
LONGEST_STOP_SECONDS = 20


def assert_valid(found: Object, versions: Sequence[str] = VERSIONS) -> None:
    if found["apiVersion"].startswith("keda.sh/"):
        jsonschema.validate(found, SCHEMAS[found["kind"]])
        return
    for version in versions:
        kubernetes_validate.validate(found, version, strict=True)


def configuration() -> dict[str, str]:
    [found] = of_kind("ConfigMap")
    return dict(found["data"])


def secrets() -> dict[str, set[str]]:
    """The keys of each secret, as docs/deployment.md has operators make them."""
    rows = rows_by_heading("deployment.md")["Kubernetes"]
    return {code(name): set(re.findall(r"`([A-Z_]+)`", keys)) for name, keys, *_ in rows}


def containers(pod: Any) -> list[Any]:
    return [*pod.get("initContainers", []), *pod["containers"]]


@pytest.mark.parametrize(
    ("path", "found"),
    manifests(),
    ids=lambda value: value.stem if isinstance(value, Path) else f"{value['kind']}-{value['metadata']['name']}",
)
def test_object_is_what_the_api_takes(path: Path, found: Object) -> None:
    """By the strict schema of its kind, in the oldest and the newest version: an unknown field is an error, too."""
    assert_valid(found)


def test_schemas_refuse_what_is_wrong() -> None:
    """Else nothing above would prove anything."""
    wrong = {**workload("api"), "spec": {**workload("api")["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        assert_valid(wrong)
    [scaled] = of_kind("ScaledObject")
    with pytest.raises(jsonschema.ValidationError):
        assert_valid({**scaled, "spec": {**scaled["spec"], "maxReplicas": 3}})


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_overlay_builds_valid_objects(overlay: str) -> None:
    """kubectl puts it together; every object is named in the overlay's namespace, every image has a tag."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is in no package of the system")
    folder = KUBERNETES / "overlays" / overlay
    built = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True, check=True).stdout
    for found in documents(built):
        assert_valid(found, VERSIONS[-1:])
        assert found["kind"] == "Namespace" or found["metadata"]["namespace"].startswith("prosa")
    assert all(":" in image for image in re.findall(r"image: (\S+)", built))


def test_kustomizations_name_every_file() -> None:
    """What is not named is not applied, and nobody notices."""
    for path in KUBERNETES.rglob("kustomization.yaml"):
        [told] = documents(path.read_text("utf-8"))
        beside = {other.name for other in path.parent.glob("*.yaml")} - {"kustomization.yaml"}
        named = {name for name in told["resources"] if name.endswith(".yaml")}
        assert named == beside, path


@pytest.mark.parametrize("service", PODS)
def test_service_would_start_with_what_it_is_told(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the settings and its own secret, in production, where development's secrets are refused."""
    given = secrets()[f"prosa-{PODS[service]}"]
    assert given <= set(settings_of(service)) | CREDENTIALS
    told = configuration() | {name: secret_value(name) for name in given}

    start_settings(service, told, monkeypatch)


def test_settings_are_known() -> None:
    """Each is a variable of some service: one that nobody knows is ignored without a word."""
    known = {name for service in PODS for name in settings_of(service)}
    assert set(configuration()) - known == set()


def test_nobody_has_secrets_that_it_does_not_use() -> None:
    """Each pod names its own secret and no other; the gateway's has no database."""
    for service, name in PODS.items():
        [container] = pod_of(workload(service))["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "prosa"}}, {"secretRef": {"name": f"prosa-{name}"}}]
    assert not {"DATABASE_URL", "RABBITMQ_URL"} & secrets()["prosa-realtime-gateway"]


def test_logins_are_made_between_the_schema_and_the_rest() -> None:
    """By the job, which has the owner's address and the passwords; services have an address each, and no password beside."""
    [job] = of_kind("Job")
    modules = [container["command"][-1] for container in containers(pod_of(job))]
    assert modules == ["shared.db.migrate", "shared.db.logins", "shared.broker.declare"]
    passwords = {login.variable for login in LOGINS}
    assert passwords <= secrets()["prosa-migrations"]
    assert [name for name, keys in secrets().items() if keys & passwords] == ["prosa-migrations"]


@pytest.mark.parametrize("service", PODS)
def test_probes_ask_what_is_served(service: str) -> None:
    """At the service's own port: /readyz whether it may be sent work, /healthz alone whether it must be restarted."""
    [container] = pod_of(workload(service))["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}

    assert ports["http"] == default_port(service)
    assert {get["port"] for get in asked.values()} == {"http"}
    assert [get["path"] for get in asked.values()] == ["/healthz", "/readyz", "/healthz"]


@pytest.mark.parametrize("service", PODS)
def test_pods_have_time_to_end(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than what comes before the signal, the gateway's farewells, and what a service may take for the rest."""
    pod = pod_of(workload(service))
    [container] = pod["containers"]
    before = int(container.get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", [0, 0])[1])
    needed = INSIST_AFTER_SECONDS + before
    if service == "realtime_gateway":
        told = configuration() | {name: secret_value(name) for name in secrets()["prosa-realtime-gateway"]}
        settings = start_settings(service, told, monkeypatch)
        assert isinstance(settings, GatewaySettings)
        needed += settings.drain_time / 1000 * (2 if settings.processes > 1 else 1)

    assert pod["terminationGracePeriodSeconds"] >= max(needed + 5, LONGEST_STOP_SECONDS)


def test_files_on_their_way_to_a_bucket_have_room() -> None:
    """Each is whole on the pod's disk first; a pod that writes more than it may is evicted without a goodbye."""
    worker = WorkerSettings.model_fields
    needed = {
        "api": MOST_AT_ONCE * ApiSettings.model_fields["media_max_bytes"].default,
        "queue_worker": worker["media_fetchers"].default * worker["media_max_bytes"].default,
    }
    for service, size in needed.items():
        [volume] = [one for one in pod_of(workload(service))["volumes"] if one["name"] == "tmp"]
        assert int(volume["emptyDir"]["sizeLimit"].removesuffix("Gi")) * 1024**3 > size


def test_pods_may_do_little() -> None:
    """No root, no writable root, no capability, no token of Kubernetes; what they ask for is bounded in memory."""
    pods = [pod_of(found) for kind in ("Deployment", "StatefulSet", "Job") for found in of_kind(kind)]
    assert len(pods) == len(PODS) + 1
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in containers(pod):
            context, resources = container["securityContext"], container["resources"]
            assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert set(resources["requests"]) == {"cpu", "memory"}
            assert "memory" in resources["limits"]


def test_each_service_keeps_one_pod_while_nodes_are_emptied() -> None:
    """A budget for each, and selectors that find its pods."""
    budgets = {
        one["metadata"]["name"]: one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")
    }
    assert set(budgets) == set(PODS.values())
    for service, name in PODS.items():
        found = workload(service)
        labels = found["spec"]["template"]["metadata"]["labels"]
        assert found["spec"]["selector"]["matchLabels"].items() <= labels.items()
        assert budgets[name].items() <= labels.items()


def test_ports_are_open_to_those_who_need_them_alone() -> None:
    """Everything is forbidden first; then each service's ports are open to the proxy and to Prometheus."""
    policies = {one["metadata"]["name"]: one["spec"] for one in of_kind("NetworkPolicy")}
    assert set(policies["nobody"]) == {"podSelector", "policyTypes"}
    assert policies["nobody"]["policyTypes"] == ["Ingress", "Egress"]

    def ports(name: str, way: str) -> set[int]:
        return {port["port"] for rule in policies[name][way] for port in rule["ports"]}

    served = {default_port(service) for service in PODS}
    assert ports("from-prometheus", "ingress") == served
    assert ports("from-the-ingress", "ingress") == served - {8084} | {8082}
    [databases] = policies["to-postgres-and-rabbitmq"]["podSelector"]["matchExpressions"]
    assert "realtime-gateway" not in databases["values"]


def test_paths_lead_to_services_and_ports_that_are_there() -> None:
    """And what tells about the inside leads to nobody."""
    services = {one["metadata"]["name"]: one["spec"] for one in of_kind("Service")}
    [ingress] = of_kind("Ingress")
    leads: dict[str, tuple[str, int]] = {}
    for path in ingress["spec"]["rules"][0]["http"]["paths"]:
        service = path["backend"]["service"]
        leads[path["path"]] = (service["name"], service["port"]["number"])
        assert service["port"]["number"] in {port["port"] for port in services[service["name"]]["ports"]}

    assert leads["/ws"] == ("realtime-gateway", 8082)
    assert {leads[inside] for inside in ("/metrics", "/healthz", "/readyz")} == {("nobody", 80)}
    assert "selector" not in services["nobody"]


def test_scalers_scale_what_is_there_by_what_is_measured() -> None:
    """Their targets are deployments, their metrics are ours, the queue is the broker's; triggers have what they need."""
    names = {one["metadata"]["name"] for one in of_kind("Deployment")}
    [scaled] = of_kind("ScaledObject")
    scalers = of_kind("HorizontalPodAutoscaler")
    assert {one["spec"]["scaleTargetRef"]["name"] for one in (scaled, *scalers)} <= names

    triggers = {trigger["type"]: trigger["metadata"] for trigger in scaled["spec"]["triggers"]}
    assert triggers["rabbitmq"]["queueName"] == Topology().queue
    for kind, told in triggers.items():
        assert NEEDED[kind] <= set(told)
    measured = re.findall(r"\b(?:queue_worker|realtime_gateway)_\w+", triggers["prometheus"]["query"])
    measured += [pods["metric"]["name"] for pods in _pod_metrics(scalers)]
    assert len(measured) == 2
    assert [name for name in measured if f"`{name}`" not in (DOCS / "metrics.md").read_text("utf-8")] == []


def test_the_broker_is_asked_by_single_requests_to_all_of_its_nodes() -> None:
    """Over HTTP, at an address that the secret has: a connection to one node would end every trigger with it."""
    [scaled], [given] = of_kind("ScaledObject"), of_kind("TriggerAuthentication")
    [trigger] = [trigger for trigger in scaled["spec"]["triggers"] if trigger["type"] == "rabbitmq"]
    assert trigger["authenticationRef"]["name"] == given["metadata"]["name"]
    assert (trigger["metadata"]["protocol"], trigger["metadata"]["excludeUnacknowledged"]) == ("http", "true")
    assert "host" not in trigger["metadata"]
    [target] = given["spec"]["secretTargetRef"]
    assert target == {"parameter": "host", "name": "prosa-keda", "key": "RABBITMQ_MANAGEMENT_URL"}
    assert secrets()["prosa-keda"] == {target["key"]}


def _pod_metrics(scalers: Iterable[Object]) -> list[Any]:
    return [metric["pods"] for scaler in scalers for metric in scaler["spec"]["metrics"] if metric["type"] == "Pods"]
