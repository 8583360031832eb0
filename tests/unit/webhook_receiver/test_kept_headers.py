"""Headers that travel with a body: none that is a secret, and never too much."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.webhook_receiver.kept_headers import (
    MAX_CHARACTERS,
    MAX_HEADERS,
    MAX_VALUE_CHARACTERS,
    RawHeaders,
    kept_headers,
)

TOKEN = "demo-evolution-token"
EVOLUTION: RawHeaders = (
    (b"Accept", b"application/json, text/plain, */*"),
    (b"Content-Type", b"application/json"),
    (b"User-Agent", b"axios/1.7.9"),
    (b"Content-Length", b"512"),
    (b"Accept-Encoding", b"gzip, compress, deflate, br"),
    (b"Host", b"receiver:8081"),
    (b"Connection", b"keep-alive"),
    (b"X-Instance-Name", b"recep\xc3\xa7\xc3\xa3o"),
)
pairs = st.tuples(
    st.sampled_from([b"Accept", b"X-Long", b"Authorization", b"X-Api-Key"]) | st.binary(max_size=300),
    st.binary(max_size=600) | st.just(b"x" * 5000),
)


def test_evolutions_headers_are_kept() -> None:
    """Under lower-case names; the body's length is the body's own."""
    assert kept_headers(EVOLUTION, TOKEN) == {
        "accept": "application/json, text/plain, */*",
        "content-type": "application/json",
        "user-agent": "axios/1.7.9",
        "accept-encoding": "gzip, compress, deflate, br",
        "host": "receiver:8081",
        "connection": "keep-alive",
        "x-instance-name": "recepção",
    }


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "authorization",
        "AUTHORIZATION",
        "Proxy-Authorization",
        "Cookie",
        "Set-Cookie",
        "apikey",
        "X-API-Key",
        "X-Auth-Token",
        "X-Hub-Signature-256",
        "webhook-signature",
        "X-Client-Secret",
        "X-Password",
        "X-Session-Id",
        "jwt_key",
    ],
)
def test_what_is_named_like_a_secret_is_left_out(name: str) -> None:
    """In any spelling."""
    assert kept_headers(((name.encode(), b"s3cret"), (b"Accept", b"*/*")), TOKEN) == {"accept": "*/*"}


@pytest.mark.parametrize("value", [b"/webhooks/evolution/other", b"https://x/" + TOKEN.encode(), TOKEN.encode()])
def test_the_webhooks_own_url_is_left_out(value: bytes) -> None:
    """Proxies tell where a request was first sent to, and its path is a secret."""
    assert kept_headers(((b"X-Original-Uri", value), (b"Via", b"proxy")), TOKEN) == {"via": "proxy"}


def test_a_header_sent_twice_is_joined() -> None:
    """As a list, in its order."""
    assert kept_headers(((b"Via", b"a"), (b"Accept", b"*/*"), (b"via", b"b")), TOKEN) == {
        "via": "a, b",
        "accept": "*/*",
    }


@given(st.lists(pairs, max_size=60).map(tuple))
def test_headers_are_bounded_and_fit_into_the_database(raw: RawHeaders) -> None:
    """Their number, each value and all together, whatever bytes were sent."""
    kept = kept_headers(raw, TOKEN)

    assert len(kept) <= MAX_HEADERS
    assert all(len(value) <= MAX_VALUE_CHARACTERS for value in kept.values())
    assert sum(len(name) + len(value) for name, value in kept.items()) <= MAX_CHARACTERS
    assert orjson.loads(orjson.dumps(kept)) == kept
    assert not any("\0" in text for pair in kept.items() for text in pair)


def test_what_was_seen_before_is_not_worked_out_again() -> None:
    """The body's length makes no difference to that, nor does a token that is made for each event."""
    changed = tuple((name, b"9" if name == b"Content-Length" else value) for name, value in EVOLUTION)

    first = kept_headers(EVOLUTION, TOKEN)

    assert kept_headers(changed, TOKEN) is first
    assert kept_headers((*EVOLUTION, (b"Authorization", b"Bearer x")), TOKEN) is first
