import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared.broker.addresses import AmqpUrls, broker_addresses

PASSWORDS = st.text("aZ9,;:%+ -", min_size=1).map(lambda text: text.replace(" ", "%20"))


@given(
    st.lists(st.tuples(st.sampled_from(["amqp", "amqps"]), PASSWORDS), min_size=1), st.sampled_from([",", ", ", " ,"])
)
def test_each_node_is_found_whatever_passwords_have_in_them(nodes: list[tuple[str, str]], between: str) -> None:
    """One address is a list of one."""
    urls = [f"{scheme}://prosa:{password}@node{index}:5672/%2F" for index, (scheme, password) in enumerate(nodes)]

    assert broker_addresses(between.join(urls)) == tuple(urls)


@pytest.mark.parametrize(
    "urls", ["", "http://a:hidden@b/", "amqp://a:hidden@b:port/", "amqp://a:hidden@b/,amqp://c:hidden@d:99999/"]
)
def test_what_is_no_address_is_refused_and_not_shown(urls: str) -> None:
    """Addresses have passwords in them."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(AmqpUrls).validate_python(urls)

    [error] = caught.value.errors(include_input=False, include_context=False)
    assert "hidden" not in error["msg"]
