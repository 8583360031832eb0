"""The layout's rules that the linter cannot express, and the names that something outside this repository relies on."""

import json
import re
from importlib.util import find_spec
from typing import cast

import grimp
import pytest

from deploy.local.ports import service_ports
from services.api.openapi import COMMITTED
from services.realtime_gateway.sockets.handshake import PATH, SUBPROTOCOL
from services.webhook_receiver.handlers import Intake, webhook_routes
from tests.contract.tables import ROOT
from tests.contract.test_configuration_doc import settings_of

GRAPH = grimp.build_graph("services", "shared")

PORTS = {
    "webhook_receiver": ("RECEIVER_PORT", "8081"),
    "queue_worker": ("WORKER_PORT", "8084"),
    "realtime_gateway": ("GATEWAY_PORT", "8083"),
    "api": ("API_PORT", "8080"),
}
# Times in milliseconds. RECONNECT_MAX_ATTEMPTS follows with what it belongs to.
FIXED_SETTINGS = {
    "queue_worker": {
        "QUEUE_BATCH_SIZE": "10",
        "QUEUE_PROCESSING_INTERVAL": "1000",
        "MAX_RETRY_ATTEMPTS": "3",
        "DLQ_ENABLED": "true",
    },
    "realtime_gateway": {
        "REALTIME_GATEWAY_ENABLED": "true",
        "WEBSOCKET_MAX_CONNECTIONS": "1000",
        "CONNECTION_TIMEOUT": "30000",
        "PING_INTERVAL": "25000",
        "PRESENCE_CLEANUP_INTERVAL": "30000",
        "GATEWAY_WS_PORT": "8082",
    },
}
TARGETS = {"run", "test", "up", "down", "status", "logs", "demo", "check", "bench", "chaos", "migrate", "help"}


@pytest.mark.parametrize("package", sorted(GRAPH.find_children("shared")))
def test_shared_package_serves_at_least_two_services(package: str) -> None:
    """What one service needs alone belongs to that service."""
    users = {
        module.split(".")[1]
        for module in GRAPH.find_downstream_modules(package, as_package=True)
        if module.startswith("services.")
    }
    assert len(users) >= 2, f"{package} serves only {sorted(users)}: move it into that service"


@pytest.mark.parametrize("service", sorted(PORTS))
def test_service_has_its_parts_and_listens_where_it_always_did(service: str) -> None:
    """`python -m services.<name>` starts it; its port is the documented one, also for the local stack."""
    variable, port = PORTS[service]

    assert settings_of(service)[variable] == port
    assert service_ports({})[variable] == int(port)
    for part in ("__main__", "app", "settings", "metrics"):
        assert find_spec(f"services.{service}.{part}")


@pytest.mark.parametrize("service", sorted(FIXED_SETTINGS))
def test_fixed_settings_keep_their_names_and_defaults(service: str) -> None:
    """What operators of the older products have in their environments goes on working."""
    settings = settings_of(service)

    assert {name: settings.get(name) for name in FIXED_SETTINGS[service]} == FIXED_SETTINGS[service]


def test_make_targets_keep_their_names() -> None:
    """Newcomers, CI and operators type them."""
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) >= TARGETS


def test_addresses_keep_their_form() -> None:
    """Senders and clients have them in their configuration."""
    paths = {route.path for route in webhook_routes(cast(Intake, None))}
    rest = set(json.loads(COMMITTED.read_bytes())["paths"])

    assert paths == {
        "/webhooks/evolution/{token}",
        "/webhooks/evolution/{token}/{event}",
        "/webhooks/n8n/{token}",
    }
    assert (PATH, SUBPROTOCOL) == ("/ws", "prosa.v1")
    assert rest >= {
        "/api/auth/login",
        "/api/auth/me",
        "/api/users",
        "/api/conversations-simple",
        "/api/conversations-simple/{conversation_id}",
        "/api/conversations-simple/{conversation_id}/messages",
        "/api/queue",
        "/api/health",
        "/api/openapi.json",
    }


def test_the_api_tells_nothing_past_the_cache() -> None:
    """What a request tells makes entries stale, and `telling.py` is where that is noted: nothing goes past it."""
    told = [path for path in (ROOT / "services/api").rglob("*.py") if "shared.db.outbox" in path.read_text("utf-8")]
    past = [path for path in (ROOT / "services/api").rglob("*.py") if "import outbox" in path.read_text("utf-8")]
    assert [path.name for path in {*told, *past}] == ["telling.py"]
