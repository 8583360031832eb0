"""Spans of the running product, as a collector gets them."""

from pathlib import Path
from uuid import UUID

import aiohttp

from tests.e2e.collector import Collector, collector
from tests.product import running_product
from tests.waiting import until

TRACE = "0af7651916cd43dd8448eb211c80319c"
WORDS, PHONE, TOKEN = "Bom dia, quero remarcar", "5511955550001", "demo-n8n-token"
MESSAGE = {"event": "message.created", "phone": PHONE, "sender_type": "patient", "content": WORDS}
RECEIVER, WORKER = "prosa-webhook_receiver", "prosa-queue_worker"
WAY = {
    (RECEIVER, "webhook receive"),
    (RECEIVER, "queue publish"),
    (WORKER, "intake"),
    (WORKER, "process"),
    (WORKER, "relay"),
}


async def test_a_collector_gets_an_events_way_and_nothing_of_what_was_said(
    environment: dict[str, str], tmp_path: Path
) -> None:
    """From two processes in one trace: its sender's, or the one of its correlation id."""
    async with collector() as collected:
        told = {**environment, "OTEL_EXPORTER_OTLP_ENDPOINT": collected.url, "OTEL_BSP_SCHEDULE_DELAY": "50"}
        async with (
            running_product(tmp_path, told, "webhook_receiver", "queue_worker") as product,
            aiohttp.ClientSession() as http,
        ):
            url = f"{product.receiver}/webhooks/n8n/{TOKEN}"
            sent_in = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
            async with http.post(url, json={**MESSAGE, "external_id": "a"}, headers=sent_in) as response:
                assert response.status == 200
            async with http.post(url, json={**MESSAGE, "external_id": "b"}) as response:
                correlation_id = UUID((await response.json())["correlation_id"])
            both = {TRACE, correlation_id.hex}
            await until(lambda: _reached(collected, both), within=30, what=f"spans of {both}")

    assert all(text.encode() not in collected.raw for text in (WORDS, PHONE, TOKEN))


def _reached(collected: Collector, traces: set[str]) -> bool:
    return all(collected.traces(*step) >= traces for step in WAY)
