"""The dashboards of deploy/grafana, asked of a real Prometheus."""

from pathlib import Path

from tests.prometheus_server import running_prometheus
from tests.promql import dashboards, queries


async def test_every_panel_asks_what_prometheus_understands(tmp_path: Path) -> None:
    """A query that does not parse is a panel with a red corner, found when it is needed."""
    async with running_prometheus(tmp_path, {}) as prometheus:
        asked = [query for dashboard in dashboards().values() for query in queries(dashboard)]
        for query in asked:
            assert await prometheus.query(query) is not None

    assert len(asked) > 100
