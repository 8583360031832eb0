"""What we sign is what we would take."""

from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from shared.auth.standard_webhooks import new_secret, refusal, signed_headers

NOW = 1_795_000_000


@given(st.binary(), st.uuids(), st.integers(1, 3))
def test_each_secret_that_signed_verifies(body: bytes, webhook_id: object, count: int) -> None:
    """And no other does."""
    secrets = [new_secret() for _ in range(count)]
    headers = CIMultiDictProxy(CIMultiDict(signed_headers(secrets, str(webhook_id), NOW, body)))
    assert [refusal(secret, headers, body, NOW) for secret in secrets] == [None] * count
    assert refusal(new_secret(), headers, body, NOW) == "wrong_signature"
    assert refusal(secrets[0], headers, body + b" ", NOW) == "wrong_signature"


def test_the_specifications_example_is_signed_as_it_says() -> None:
    """The vector of the reference implementations."""
    headers = signed_headers(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
