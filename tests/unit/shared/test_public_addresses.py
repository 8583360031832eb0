"""Where a link may lead."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from shared.http.public_addresses import (
    ForbiddenAddressError,
    GuardedResolver,
    allowed_hosts,
    check_link,
    is_public,
)

NOBODY = allowed_hosts((), ())
PRIVATE = st.one_of(
    st.ip_addresses(v=4, network="10.0.0.0/8"),
    st.ip_addresses(v=4, network="127.0.0.0/8"),
    st.ip_addresses(v=4, network="169.254.0.0/16"),
    st.ip_addresses(v=4, network="192.168.0.0/16"),
    st.ip_addresses(v=4, network="172.16.0.0/12"),
    st.ip_addresses(v=4, network="100.64.0.0/10"),
    st.ip_addresses(v=4, network="224.0.0.0/4"),
    st.ip_addresses(v=4, network="0.0.0.0/8"),
)


@given(PRIVATE)
def test_no_disguise_makes_an_inner_address_public(address: IPv4Address) -> None:
    """Mapped, translated, tunnelled: what it carries is what counts."""
    number = int(address)
    assert not is_public(str(address))
    assert not is_public(f"::ffff:{address}")
    assert not is_public(f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}")
    assert not is_public(f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1")


@pytest.mark.parametrize(
    "address", ["::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::127.0.0.1", "nonsense", ""]
)
def test_inner_addresses_of_version_6_are_not_public(address: str) -> None:
    """Nor is what is no address."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "200.160.2.3", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_addresses_of_the_world_are_public(address: str) -> None:
    """Files are there."""
    assert is_public(address)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1/x",
        "http://[::1]/x",
        "http://[::ffff:169.254.169.254]/latest/meta-data",
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1%25eth0]/",
        "ftp://example.com/x",
        "file:///etc/passwd",
        "gopher://example.com/",
        "/relative",
    ],
)
def test_links_inside_are_refused_as_they_are_written(link: str) -> None:
    """No look-up, no connection."""
    with pytest.raises(ForbiddenAddressError):
        check_link(URL(link), NOBODY)


@pytest.mark.parametrize("name", ["localhost", "127.1", "2130706433", "0x7f.1", "0"])
async def test_names_that_lead_inside_are_refused(name: str) -> None:
    """Also numbers that only a resolver takes for an address."""
    with pytest.raises(ForbiddenAddressError):
        await GuardedResolver(NOBODY).resolve(name, 80)


async def test_a_named_host_may_be_inside() -> None:
    """Our own server at its own port; a host of the setting at any."""
    own = allowed_hosts(("Files.internal", "store:9000"), ["http://localhost:8085/"])

    assert own.allow("localhost", 8085)
    assert not own.allow("localhost", 5432)
    assert own.allow("files.internal", 1)
    assert own.allow("store", 9000)
    assert not own.allow("store", 9001)
    assert [found["host"] for found in await GuardedResolver(own).resolve("localhost", 8085)]
