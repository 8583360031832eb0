"""A real Prometheus beside the real services."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis

from tests.product import Product, running_product
from tests.prometheus_server import Prometheus, running_prometheus
from tests.promql import dashboards, names_in, queries, rules
from tests.waiting import until

PORTS = {
    "webhook_receiver": "RECEIVER_PORT",
    "queue_worker": "WORKER_PORT",
    "realtime_gateway": "GATEWAY_PORT",
    "api": "API_PORT",
}
# Their first occurrence is the fault itself, and its name is not known before: the rules allow for that.
RARE = {"webhook_receiver_spool_failures_total"}
FOUND_WITHIN_SECONDS = 20.0


def targets(product: Product) -> dict[str, str]:
    return {job: f"127.0.0.1:{product.environment[port]}" for job, port in PORTS.items()}


def named_in(expressions: Iterable[str]) -> set[str]:
    """What they read of the services, not what rules write themselves."""
    return {name for text in expressions for name in names_in(text) if not name.startswith(("prosa:", "ALERTS"))}


def named_by_rules() -> set[str]:
    return named_in(rule["expr"] for rule in rules())


def named_by_dashboards() -> set[str]:
    return named_in(query for dashboard in dashboards().values() for query in queries(dashboard))


async def families(prometheus: Prometheus) -> set[str]:
    """Every name that the services say they have, also of what has not happened yet and so has no series."""
    found = await prometheus.api("metadata")
    return {name + suffix for name in found for suffix in ("", "_total", "_bucket", "_sum", "_count")}


async def take_a_webhook(product: Product, http: aiohttp.ClientSession) -> None:
    async with http.post(
        f"{product.receiver}/webhooks/n8n/demo-n8n-token",
        json={"event": "message.created", "phone": "5511955550001", "sender_type": "patient", "content": "Oi"},
    ) as response:
        assert response.status == 200


async def sign_in(product: Product, http: aiohttp.ClientSession) -> dict[str, str]:
    credentials = {"email": "ana@demo.test", "password": "prosa-demo"}
    async with http.post(f"{product.api}/api/auth/login", json=credentials) as response:
        return {"Authorization": f"Bearer {(await response.json())['token']}"}


async def look_at_the_list(product: Product, http: aiohttp.ClientSession, who: dict[str, str]) -> None:
    async with http.get(f"{product.api}/api/conversations-simple", headers=who) as response:
        assert response.status == 200


async def states(prometheus: Prometheus, alert: str) -> set[str]:
    return {found["metric"]["alertstate"] for found in await prometheus.query(f'ALERTS{{alertname="{alert}"}}')}


async def unhealthy_rules(prometheus: Prometheus) -> dict[str, Any]:
    groups = (await prometheus.api("rules"))["groups"]
    found = {rule["name"]: rule for group in groups for rule in group["rules"]}
    assert len(found) == len(rules())
    return {name: rule.get("lastError") for name, rule in found.items() if rule["health"] != "ok"}


@pytest.mark.timeout(120)
async def test_prometheus_finds_every_series_that_rules_and_dashboards_name(
    environment: dict[str, str], redis: Redis, tmp_path: Path
) -> None:
    """The services run, are scraped and judged: nothing is missing, every rule can be worked out, and who dies is noticed."""
    async with (
        running_product(tmp_path, environment, *PORTS) as product,
        running_prometheus(tmp_path / "prometheus", targets(product)) as prometheus,
        aiohttp.ClientSession() as http,
    ):
        await take_a_webhook(product, http)
        ana = await sign_in(product, http)

        async def missing() -> set[str]:
            names = await prometheus.names()
            missed_by_rules = named_by_rules() - names - RARE
            return missed_by_rules | named_by_dashboards() - names - await families(prometheus)

        async def all_there() -> bool:
            await look_at_the_list(product, http, ana)  # again: the cache is asked once its link is believed
            return not await missing()

        try:
            await until(all_there, within=FOUND_WITHIN_SECONDS)
        except AssertionError:
            assert sorted(await missing()) == []  # says which

        async def judged() -> bool:
            return not await unhealthy_rules(prometheus)

        await until(judged, within=20, what="every rule worked out")
        assert await prometheus.query('ALERTS{alertstate="firing",severity="critical"}') == []

        await product.kill("api")

        async def noticed() -> bool:
            return bool(await states(prometheus, "ProcessDown"))

        await until(noticed, within=20, what="the dead process noticed")
