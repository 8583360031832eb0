"""Where a session may lead: networks that are named, and nothing that the world or they do not hold."""

import aiohttp
import pytest

from services.queue_worker.sending.answers import NotSent
from services.queue_worker.sending.calls import Call
from services.queue_worker.sending.evolution_client import Door, EvolutionClient
from shared.net.addresses import allowed_hosts, checked_networks, parse_networks
from shared.net.guarded_session import EVOLUTION_NETWORKS, guarded_session, is_forbidden
from tests.ports import free_port

USUAL = allowed_hosts((), (), parse_networks(EVOLUTION_NETWORKS))


@pytest.mark.parametrize("address", ["10.1.2.3", "172.20.0.4", "192.168.1.9", "127.0.0.1", "::1", "fd12::3", "8.8.8.8"])
def test_evolution_may_be_where_it_usually_is(address: str) -> None:
    """In a private network, on this machine, in the world."""
    assert USUAL.allow_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "::ffff:169.254.169.254",
        "fe80::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "0.1.2.3",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "nonsense",
        "",
    ],
)
def test_evolution_is_never_where_credentials_are(address: str) -> None:
    """Nor where nothing can be."""
    assert not USUAL.allow_address(address)


def test_metadata_stays_out_of_a_network_that_holds_it() -> None:
    """Also where an operator names everything."""
    everything = allowed_hosts((), (), parse_networks("0.0.0.0/0, ::/0"))
    assert everything.allow_address("169.254.1.1")
    assert not everything.allow_address("169.254.169.254")
    assert not everything.allow_address("fd00:ec2::254")


@pytest.mark.parametrize("text", ["10.0.0.1/8", "x", "10.0.0.0/33", "10.0.0.0/8;::1/128"])
def test_a_setting_that_names_no_network_is_refused(text: str) -> None:
    """Before anything starts."""
    with pytest.raises(ValueError, match=r"."):
        checked_networks(text)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_session_judges_addresses_and_names(host: str) -> None:
    """Both before a connection is made; the sender's line rests with a reason that an operator understands."""
    url = f"http://{host}:{free_port()}"
    async with guarded_session(allowed_hosts((), ())) as session:
        with pytest.raises((aiohttp.ClientError, OSError)) as caught:
            await session.get(url)
        assert is_forbidden(caught.value)
        client = EvolutionClient(session, url, "key", 1.0)
        call = Call("POST", "message/sendText", {"number": "1", "text": "x"})
        answer = await client.call(Door(url, "demo-wa", "key"), call)
    assert isinstance(answer, NotSent)
    assert (answer.code, answer.unsent) == ("misconfigured", "unavailable")
