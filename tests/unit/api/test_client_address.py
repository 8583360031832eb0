from hypothesis import given
from hypothesis import strategies as st

from services.api.client_address import client_address
from shared.net.addresses import parse_networks

PROXIES = parse_networks("10.0.0.0/8")
ADDRESS = st.ip_addresses().map(str)


@given(claimed=st.lists(st.text()), seen=ADDRESS)
def test_a_trusted_proxy_says_whom_it_saw(claimed: list[str], seen: str) -> None:
    """Whatever the client claimed before it, in headers of its own or in the same one."""
    assert client_address("10.1.2.3", [*claimed, seen], PROXIES) == seen
    assert client_address("::ffff:10.1.2.3", [", ".join([*claimed, seen])], PROXIES) == seen


@given(claimed=st.lists(ADDRESS))
def test_nobody_else_is_believed(claimed: list[str]) -> None:
    """A client that reaches the API by itself is where its connection comes from; nobody is trusted by default."""
    assert client_address("203.0.113.9", claimed, PROXIES) == "203.0.113.9"
    assert client_address("10.1.2.3", claimed, ()) == "10.1.2.3"


@given(said=st.text(alphabet="x.:, "))
def test_what_is_no_address_is_none(said: str) -> None:
    """Then it is the proxy's own: one limit for all of those."""
    assert client_address("10.1.2.3", [said], PROXIES) in {"10.1.2.3", said.rpartition(",")[2].strip()}
    assert client_address("10.1.2.3", [], PROXIES) == "10.1.2.3"
    assert client_address("10.1.2.3", ["x"], PROXIES) == "10.1.2.3"
