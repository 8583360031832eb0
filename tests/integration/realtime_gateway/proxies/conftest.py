"""nginx and HAProxy with the committed configurations, in front of two gateways."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from deploy.local.binaries import missing
from deploy.local.packages import install
from deploy.local.problem import Problem
from deploy.local.progress import Progress
from deploy.local.settings import repository_root
from tests.integration.realtime_gateway.conftest import Gateway, StartGateway
from tests.integration.realtime_gateway.proxies.certificate import Certificate, write_certificate
from tests.integration.realtime_gateway.proxies.configurations import (
    Ports,
    haproxy_configuration,
    nginx_configuration,
)
from tests.integration.realtime_gateway.proxies.running import Proxy, running
from tests.integration.realtime_gateway.proxies.upstreams import Upstream, upstream
from tests.ports import free_port

KINDS = ("nginx", "haproxy")


@pytest.fixture(scope="session")
def proxy_programs() -> None:
    """Both programs, installed where they are missing, as the local stack installs its servers."""
    root = repository_root()
    try:
        install(missing(KINDS), root, root / ".local" / "packages.log", Progress())
    except Problem as problem:
        if os.environ.get("CI"):
            pytest.fail(problem.report())
        pytest.skip(problem.report())


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, proxy_programs: None) -> str:
    return str(request.param)


@pytest.fixture
def certificate(tmp_path: Path) -> Certificate:
    return write_certificate(tmp_path)


@pytest.fixture
async def api_upstream() -> AsyncIterator[Upstream]:
    async with upstream("api") as server:
        yield server


@pytest.fixture
async def receiver_upstream() -> AsyncIterator[Upstream]:
    async with upstream("webhook_receiver") as server:
        yield server


@pytest.fixture
async def gateways(start_gateway: StartGateway) -> AsyncIterator[list[Gateway]]:
    """Two gateways on one Redis, that ping often."""
    async with start_gateway(PING_INTERVAL=100) as one, start_gateway(PING_INTERVAL=100) as other:
        yield [one, other]


StartProxy = Callable[[list[Gateway]], AbstractAsyncContextManager[Proxy]]


@pytest.fixture
def start_proxy(
    kind: str, certificate: Certificate, tmp_path: Path, api_upstream: Upstream, receiver_upstream: Upstream
) -> StartProxy:
    """Starts the proxy in front of these gateways."""

    @asynccontextmanager
    async def start(gateways: list[Gateway]) -> AsyncIterator[Proxy]:
        ports = _ports(gateways, api_upstream, receiver_upstream)
        write = nginx_configuration if kind == "nginx" else haproxy_configuration
        async with running(kind, write(tmp_path, certificate, ports), ports, certificate) as proxy:
            yield proxy

    return start


@pytest.fixture
async def proxy(start_proxy: StartProxy, gateways: list[Gateway]) -> AsyncIterator[Proxy]:
    async with start_proxy(gateways) as started:
        yield started


def _ports(gateways: list[Gateway], api: Upstream, receiver: Upstream) -> Ports:
    behind = {8080: api.port, 8081: receiver.port}
    for gateway, (sockets, http) in zip(gateways, ((8082, 8083), (8092, 8093)), strict=True):
        behind |= {sockets: _port(gateway.url), http: _port(gateway.http)}
    return Ports(free_port(), free_port(), behind)


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
