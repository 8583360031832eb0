"""A Redis of the test's own is restarted with what it kept, or cuts off a gateway that does not read."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from redis.asyncio import Redis

from tests.integration.realtime_gateway.conftest import Publisher, StartGateway, eventually, metric
from tests.integration.realtime_gateway.stand_ins import LINK_NAME, cable
from tests.ports import free_port
from tests.redis_server import RedisServer, redis_server


@pytest.fixture
async def own_redis(tmp_path: Path) -> AsyncIterator[RedisServer]:
    async with redis_server(tmp_path / "redis", free_port(), "--appendonly", "yes") as server:
        yield server


async def test_restart_with_data_recovers_nobody(start_gateway: StartGateway, own_redis: RedisServer) -> None:
    """Whoever is connected is told to refetch; whoever comes back with an old position is, too; then events go on."""
    async with (
        own_redis.client() as redis,
        start_gateway(REDIS_URL=own_redis.url) as gateway,
        gateway.dashboard() as client,
    ):
        publisher = Publisher(redis)
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish(times=3)
        await client.sequence("conversa:12", 3)
        last = client.events("conversa:12")[-1]

        await own_redis.stop()
        await own_redis.start()
        await redis.connection_pool.disconnect()
        await client.first(lambda frame: frame["type"] == "reset" and frame["channel"] == "conversa:12")

        since = {"seq": last["seq"], "epoch": last["epoch"]}
        async with gateway.dashboard() as returned:
            answer = await returned.command("conversation:join", conversation_id="12", since=since)
            assert (answer["data"]["recovered"], answer["data"]["events"]) == (False, [])
        await publisher.publish(times=2)
        await client.until(lambda: len(client.events("conversa:12")) == 5)
        assert [event["seq"] for event in client.events("conversa:12")] == [1, 2, 3, 1, 2]


async def test_gateway_that_does_not_read_is_cut_off_and_heals(
    start_gateway: StartGateway, own_redis: RedisServer
) -> None:
    """Redis ends a link whose output grows too large; when the gateway wakes it misses nothing."""
    async with (
        own_redis.client() as redis,
        cable("127.0.0.1", own_redis.port) as line,
        start_gateway(REDIS_URL=f"redis://127.0.0.1:{line.port}/0") as gateway,
        gateway.dashboard() as client,
    ):
        publisher, lost = Publisher(redis), metric("redis_reconnects_total")
        await redis.config_set("client-output-buffer-limit", "pubsub 1mb 0 0")
        await client.command("conversation:join", conversation_id="12")
        await publisher.publish()
        await client.sequence("conversa:12", 1)

        line.freeze()
        [probe] = await redis.pubsub_channels("{prosa:probe:*")
        await eventually(lambda: cut_off_by(redis, str(probe)))
        await publisher.publish(times=3)
        line.thaw()

        assert await client.sequence("conversa:12", 4) == [1, 2, 3, 4]
        assert metric("redis_reconnects_total") == lost + 1


async def cut_off_by(redis: Redis, channel: str) -> bool:
    """Whether publishing a megabyte more made Redis give up on the link."""
    await redis.publish(channel, "x" * 2**20)
    return not any(LINK_NAME.decode() in client["name"] for client in await redis.client_list())


async def test_password_and_tls(start_gateway: StartGateway, tmp_path: Path) -> None:
    """Commands and events alike go to a Redis that wants a user's password and has a certificate of the house."""
    port, certificate, key = free_port(), *certificate_of_the_house(tmp_path)
    url = f"rediss://agent:p%40ss@127.0.0.1:{port}/0?ssl_ca_certs={certificate}"
    tls = ("--port", "0", "--tls-port", str(port), "--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    (tmp_path / "users").write_text(f"user default off\nuser agent on >p@ss {RIGHTS}\n")
    users = ("--tls-auth-clients", "no", "--aclfile", str(tmp_path / "users"))
    async with (
        redis_server(tmp_path / "redis", port, *tls, *users, url=url) as server,
        server.client() as redis,
        start_gateway(REDIS_URL=url) as gateway,
        gateway.dashboard() as client,
    ):
        await client.command("conversation:join", conversation_id="12")
        await Publisher(redis).publish()
        assert await client.sequence("conversa:12", 1) == [1]


# What operations.md says that a user needs.
RIGHTS = "~{prosa:* &{prosa:* &prosa:wake +@all"


def certificate_of_the_house(home: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    (home / "house.crt").write_bytes(certificate.public_bytes(pem))
    (home / "house.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password))
    return home / "house.crt", home / "house.key"
