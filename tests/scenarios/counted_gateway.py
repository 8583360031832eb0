"""The gateway, with one thing more on /metrics: how many asyncio tasks it has. No part of the product."""

import asyncio

from prometheus_client import Gauge

from services.realtime_gateway.app import serve
from services.realtime_gateway.settings import Settings
from shared.observability.logging import configure_logging
from shared.runtime.run import run

if __name__ == "__main__":
    configure_logging("realtime_gateway")
    tasks = Gauge("realtime_gateway_test_tasks", "Tasks that are not done.")
    tasks.set_function(lambda: len(asyncio.all_tasks()))
    run(serve(Settings()))
