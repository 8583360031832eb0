"""deploy/compose.yaml against the files it mounts, the images it builds and the services it tells."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.realtime_gateway.settings import Settings as GatewaySettings
from shared.db.logins import LOGINS
from shared.runtime.run import INSIST_AFTER_SECONDS
from tests.contract.test_configuration_doc import settings_of
from tests.deployment.files import DEPLOY, PODS, read_yaml
from tests.deployment.telling import SECRET_VALUES, secret_value, start_settings
from tests.logins import SERVICES as SIGNS_IN

COMPOSE = read_yaml(DEPLOY / "compose.yaml")
SERVICES: dict[str, Any] = COMPOSE["services"]
CADDY = (DEPLOY / "caddy/Caddyfile").read_text("utf-8")


def interpolated(value: str) -> str:
    """As Compose would have it, with values in the variables."""
    return re.sub(
        r"\$\{(\w+)(?::\?[^}]*)?\}",
        lambda found: (
            "desk.example.com" if found[1] == "PROSA_HOST" else SECRET_VALUES.get(found[1], secret_value(found[1]))
        ),
        value,
    )


@pytest.mark.parametrize("service", PODS)
def test_service_would_start_with_what_it_is_told(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In production, as its image has it; nothing that it is told is unknown to it."""
    told = {name: interpolated(value) for name, value in SERVICES[service]["environment"].items()}
    assert set(told) <= set(settings_of(service))

    settings = start_settings(service, told | {"PROSA_ENV": "production"}, monkeypatch)

    patience = int(SERVICES[service]["stop_grace_period"].removesuffix("s"))
    farewell = settings.drain_time / 1000 if isinstance(settings, GatewaySettings) else 0
    assert patience > INSIST_AFTER_SECONDS + farewell


def test_each_service_signs_in_to_postgres_as_itself() -> None:
    """With the login that the migrations' container makes, and its password; that container and the CLI's are the owner."""
    told = {name: service.get("environment", {}) for name, service in SERVICES.items()}
    given = told["migrations"]
    for login in LOGINS:
        assert given[login.variable] == f"${{{login.variable}:?}}"
        url = told[SIGNS_IN[login.name]]["DATABASE_URL"]
        assert url == f"postgresql://{login.name}:${{{login.variable}:?}}@postgres:5432/prosa"
    assert "python -m shared.db.migrate && python -m shared.db.logins" in SERVICES["migrations"]["command"][-1]
    owners = {name for name, environment in told.items() if "POSTGRES_PASSWORD" in str(environment)}
    assert owners == {"migrations", "cli", "postgres"}


@pytest.mark.parametrize("service", [*PODS, "migrations"])
def test_service_may_do_little(service: str) -> None:
    """No root, no writable root but for what is mounted, no capability."""
    told = SERVICES[service]
    assert (told["read_only"], told["user"], told["cap_drop"]) == (True, "10001:10001", ["ALL"])
    assert told["build"]["target"] == service
    assert f" AS {service}\n" in (DEPLOY / "docker/Dockerfile").read_text("utf-8")


def test_what_is_mounted_is_there() -> None:
    """Files of the repository, and volumes that are declared."""
    for name, told in SERVICES.items():
        for mount in told.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), (name, source)
            else:
                assert source in COMPOSE["volumes"], (name, source)


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    """Grafana from the machine itself; databases and metrics from nowhere."""
    published = {name: told["ports"] for name, told in SERVICES.items() if "ports" in told}
    assert set(published) == {"caddy", "grafana"}
    assert published["grafana"] == ["127.0.0.1:3000:3000"]


def test_every_variable_has_a_line_in_the_example() -> None:
    """And none of it has a value that would work by chance: an empty one stops Compose, which says which."""
    text = (DEPLOY / "compose.yaml").read_text("utf-8") + CADDY.replace("{$", "${")
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "compose/example.env").read_text("utf-8"), re.MULTILINE))

    assert set(re.findall(r"\$\{(\w+)", text)) == set(example)
    assert {name for name, value in example.items() if value} == {"PROSA_HOST"}


def test_proxy_leads_to_services_at_their_ports() -> None:
    """The same paths to the same ports as nginx, and nobody to what tells about the inside."""
    leads = dict(re.findall(r"handle (/\S+) \{.*?reverse_proxy (\S+)", CADDY, re.DOTALL))

    assert leads == {
        "/ws": "realtime_gateway:8082",
        "/realtime/*": "realtime_gateway:8083",
        "/webhooks/*": "webhook_receiver:8081",
    }
    assert "reverse_proxy api:8080" in CADDY
    assert all(f" {inside} " in f"{CADDY} " for inside in ("/metrics", "/healthz", "/readyz"))


def test_caddy_takes_the_file(tmp_path: Path) -> None:
    """By its own word, and in its own layout."""
    caddy = shutil.which("caddy")
    if caddy is None:
        pytest.skip("caddy is not on this machine")
    environment = {"PROSA_HOST": "desk.example.com", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    for command in (["validate", "--config"], ["fmt"]):
        done = subprocess.run(
            [caddy, *command, DEPLOY / "caddy/Caddyfile"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_prometheus_scrapes_every_service() -> None:
    """By the names of the jobs that rules and dashboards go by."""
    told = read_yaml(DEPLOY / "compose/prometheus.yml")
    scraped = {job["job_name"]: job["dns_sd_configs"][0] for job in told["scrape_configs"]}
    assert set(scraped) == set(PODS)
    for service, where in scraped.items():
        assert where["names"] == [service]
