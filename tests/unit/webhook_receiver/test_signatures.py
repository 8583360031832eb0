"""Signatures: what is accepted, and each way of getting one wrong.

The right ones are made here by what the specifications say (Standard Webhooks' text, RFC 7515), not by the code under test.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from services.webhook_receiver.signatures import evolution_jwt
from services.webhook_receiver.signatures.trust import SecretsUnreadableError, Trust
from services.webhook_receiver.store import SealedSecret, Source
from shared.auth import standard_webhooks
from shared.auth.seal import seal
from shared.auth.standard_webhooks import MalformedSecretError
from tests.factories import NOON

NOW = NOON.timestamp()
HOUR = 3600.0
BODY = b'{"event":"messages.upsert","text":"n\xc3\xa3o"}'
KEY = "jwt-key-of-the-operator"
SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


def headers(pairs: Mapping[str, str] | list[tuple[str, str]]) -> CIMultiDictProxy[str]:
    return CIMultiDictProxy(CIMultiDict(pairs))


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """RFC 2104, written out."""
    padded = (key if len(key) <= 64 else hashlib.sha256(key).digest()).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in padded) + inner).digest()


def signed(body: bytes = BODY, *, secret: str = SECRET, at: float = NOW, message_id: str = "msg_1") -> dict[str, str]:
    """Standard Webhooks' headers: "the id, the timestamp and the payload, joined by full stops"."""
    content = f"{message_id}.{int(at)}.".encode() + body
    signature = base64.b64encode(hmac_sha256(base64.b64decode(secret[6:]), content)).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(int(at)), "webhook-signature": f"v1,{signature}"}


def b64url(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def token(
    key: str = KEY, *, algorithm: str = "HS256", head: dict[str, Any] | None = None, at: float = NOW, **changes: Any
) -> str:
    """What Evolution sends, written out; `...` leaves a claim out."""
    claims = {"iat": int(at), "exp": int(at) + 600, "app": "evolution", "action": "webhook"} | changes
    given_claims = {name: value for name, value in claims.items() if value is not ...}
    parts = [{"alg": algorithm, "typ": "JWT"} | (head or {}), given_claims]
    signing = ".".join(b64url(json.dumps(part).encode()) for part in parts)
    return f"{signing}.{b64url(hmac_sha256(key.encode(), signing.encode()))}"


def jwt_refusal(authorization: str, key: str = KEY, now: float = NOW) -> str | None:
    return evolution_jwt.refusal(key, headers({"Authorization": authorization}), now)


def refusal(sent: Mapping[str, str], body: bytes = BODY, secret: str = SECRET, now: float = NOW) -> str | None:
    return standard_webhooks.refusal(secret, headers(sent), body, now)


def test_the_specifications_own_example_verifies() -> None:
    """The vector that Standard Webhooks' reference implementations are tested with."""
    sent = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }

    assert refusal(sent, b'{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1614265330) is None


def test_the_hmac_of_these_tests_is_the_rfcs() -> None:
    """RFC 4231, test case 2."""
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

    assert hmac_sha256(b"Jefe", b"what do ya want for nothing?").hex() == expected


@given(st.binary(max_size=200), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_whatever_is_signed_rightly_verifies(body: bytes, message_id: str) -> None:
    """Any bytes, any id."""
    assert refusal(signed(body, message_id=message_id), body) is None


@given(st.binary(min_size=1, max_size=100), st.data())
def test_an_altered_body_is_refused(body: bytes, data: st.DataObject) -> None:
    """A signature that was seen is of no use with other words: one bit is enough."""
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    altered = bytearray(body)
    altered[bit // 8] ^= 1 << bit % 8

    assert refusal(signed(body), bytes(altered)) == "wrong_signature"


@pytest.mark.parametrize("name", standard_webhooks.NAMES)
def test_each_header_is_needed(name: str) -> None:
    """Without one of them it is not signed; with another one's value it is signed wrongly."""
    sent = signed()

    assert refusal({key: value for key, value in sent.items() if key != name}) == "missing_signature"
    assert refusal(sent | {name: signed(at=NOW + 1, message_id="msg_2")[name]}) == "wrong_signature"


@pytest.mark.parametrize("name", standard_webhooks.NAMES)
def test_a_header_sent_twice_is_refused(name: str) -> None:
    """Two readers of it might choose differently."""
    sent = signed()

    assert standard_webhooks.refusal(SECRET, headers([*sent.items(), (name, sent[name])]), BODY, NOW) == (
        "wrong_signature"
    )


def test_one_right_signature_of_several_is_enough() -> None:
    """A sender in rotation signs with both secrets; unknown versions are skipped."""
    right, other = signed()["webhook-signature"], signed(secret=OTHER_SECRET)["webhook-signature"]
    several = signed() | {"webhook-signature": f"v1a,{other[3:]} {other} {right} v2,x"}

    assert refusal(several) is None
    assert refusal(several, secret=OTHER_SECRET) is None
    assert refusal(several | {"webhook-signature": f"v1a,{right[3:]} v2,{right[3:]}"}) == "wrong_signature"


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_tolerated(seconds: float) -> None:
    """The limit itself is within the limit."""
    assert refusal(signed(at=NOW + seconds)) is None


@pytest.mark.parametrize("seconds", [-HOUR, -301, 301, HOUR])
def test_another_time_is_stale(seconds: float) -> None:
    """Too old, which is what a replay is, or from the future; said only where the signature is right."""
    assert refusal(signed(at=NOW + seconds)) == "stale_timestamp"
    assert refusal(signed(at=NOW + seconds), secret=OTHER_SECRET) == "wrong_signature"


@pytest.mark.parametrize(
    "timestamp", ["", "now", "1e9", "-1", "1781000000.0", " 1781000000", "\u0661", "9" * 400, "0x1"]
)
def test_a_time_that_is_no_number_is_refused(timestamp: str) -> None:
    """However it is signed."""
    assert refusal(signed() | {"webhook-timestamp": timestamp}) in {"wrong_signature", "missing_signature"}


@pytest.mark.parametrize("signature", ["", "v1", "v1,", ",", " ", "v1,%%%", "v1,\udcff", "é" * 4000, "v1," * 2000])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    """Garbage, bytes that are no text, and far too much of it."""
    assert refusal(signed() | {"webhook-signature": signature}) in {"wrong_signature", "missing_signature"}


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_a", base64.b64encode(b"k" * 24).decode()])
def test_a_secret_that_is_none_refuses_nobody(secret: str) -> None:
    """What an operator got wrong must not cost the sender its webhook."""
    with pytest.raises(MalformedSecretError):
        refusal(signed(), secret=secret)


def test_evolutions_token_verifies() -> None:
    """With the scheme in any case."""
    assert jwt_refusal(f"Bearer {token()}") is None
    assert jwt_refusal(f"bearer {token()}") is None


@pytest.mark.parametrize("key", ["k", "operator's key with ünicode", "k" * 300])
def test_any_key_that_an_operator_chose_will_do(key: str) -> None:
    """Evolution does not care how long it is."""
    assert jwt_refusal(f"Bearer {token(key)}", key) is None


@pytest.mark.parametrize(("late", "wanted"), [(0, None), (600 + 1499, None), (600 + 1500, "stale_timestamp")])
def test_a_token_outlives_its_expiry_by_25_minutes(late: float, wanted: str | None) -> None:
    """Evolution repeats a webhook for twenty minutes with the token that it made at first."""
    assert jwt_refusal(f"Bearer {token()}", now=NOW + late) == wanted


def test_a_clock_that_is_an_hour_wrong() -> None:
    """A sender's ahead is believed; one behind makes tokens that have expired long ago."""
    assert jwt_refusal(f"Bearer {token(at=NOW + HOUR)}") is None
    assert jwt_refusal(f"Bearer {token(at=NOW - HOUR)}") == "stale_timestamp"


@pytest.mark.parametrize(
    "forged",
    [
        token("another-key"),
        token(algorithm="none"),
        token(algorithm="none").rsplit(".", 1)[0] + ".",
        token(algorithm="HS512"),
        token(algorithm="RS256"),
        token(algorithm="hs256"),
        token(head={"crit": ["b64"], "b64": False}),
        token(app="evil"),
        token(action="login"),
        token(app=...),
        token(action=...),
        token(exp=...),
        token(iat=...),
        token(exp="tomorrow"),
        token(exp=True),
        token(exp=None),
        token(exp=float("nan")),
        token(app=["evolution"]),
        "",
        "a.b",
        "a.b.c",
        "....",
        b64url(b"[" * 5000) + ".e30.e30",
        token()[:-2],
        token() + "x",
        "é" * 100,
        "x" * 8000,
    ],
)
def test_a_forged_token_is_refused(forged: str) -> None:
    """Another key or algorithm, none, other claims, and what is no token at all."""
    assert jwt_refusal(f"Bearer {forged}") == "wrong_signature"


def test_no_other_algorithm_is_believed_with_the_key_it_would_take() -> None:
    """The RS256 confusion: a token that says RS256 and is signed, by HMAC, with a public key; and one truly signed by RSA."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )

    signing = token(algorithm="RS256").rpartition(".")[0]
    by_rsa = b64url(private.sign(signing.encode(), padding.PKCS1v15(), hashes.SHA256()))

    assert jwt_refusal(f"Bearer {token(public.decode(), algorithm='RS256')}", public.decode()) == "wrong_signature"
    assert jwt_refusal(f"Bearer {signing}.{by_rsa}", public.decode()) == "wrong_signature"


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", token(), f"Token {token()}", "Bearer", ""])
def test_another_scheme_is_refused(authorization: str) -> None:
    """It has to be a bearer token."""
    assert jwt_refusal(authorization) == "wrong_signature"


def test_two_tokens_are_refused_and_none_is_missing() -> None:
    """Also where one of the two is right."""
    twice = headers([("Authorization", f"Bearer {token()}"), ("authorization", f"Bearer {token('x')}")])

    assert evolution_jwt.refusal(KEY, twice, NOW) == "wrong_signature"
    assert evolution_jwt.refusal(KEY, headers({}), NOW) == "missing_signature"


KEYS = ("k" * 40,)


def sealed(purpose: str, secret: str, *, expires_in: float | None = None, keys: tuple[str, ...] = KEYS) -> SealedSecret:
    expires_at = None if expires_in is None else NOON + timedelta(seconds=expires_in)
    return SealedSecret(purpose, seal(keys, 7, purpose, secret), expires_at)


def judged(secrets: list[SealedSecret], sent: Mapping[str, str], body: bytes = BODY) -> str | None:
    source = Source(7, 1, "n8n", b"hash", None, tuple(secrets))
    return Trust(KEYS).refusal(source, headers(sent), body, NOON)


def test_a_source_without_secrets_need_not_sign() -> None:
    """Nor does one whose secrets have expired."""
    assert judged([], {}) is None
    assert judged([sealed("standard-webhooks", SECRET, expires_in=0)], {}) is None


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET])
def test_every_current_secret_is_tried(secret: str) -> None:
    """While one replaces the other, senders with either are believed."""
    both = [sealed("standard-webhooks", OTHER_SECRET), sealed("standard-webhooks", SECRET, expires_in=60)]

    assert judged(both, signed(secret=secret)) is None


def test_an_expired_secret_verifies_nothing() -> None:
    """From the moment on that it was given."""
    secrets = [sealed("standard-webhooks", OTHER_SECRET), sealed("standard-webhooks", SECRET, expires_in=0)]

    assert judged(secrets, signed()) == "wrong_signature"


def test_either_way_of_signing_will_do() -> None:
    """A source with secrets of both kinds is changing from one to the other."""
    secrets = [sealed("standard-webhooks", SECRET), sealed("evolution-jwt", KEY)]

    assert judged(secrets, {"Authorization": f"Bearer {token()}"}) is None
    assert judged(secrets, signed()) is None
    assert judged(secrets, {}) == "missing_signature"


def test_the_refusal_nearest_to_right_is_told() -> None:
    """A stale signature by one secret is a wrong one by the other."""
    secrets = [sealed("standard-webhooks", OTHER_SECRET), sealed("standard-webhooks", SECRET)]

    assert judged(secrets, signed(at=NOW - HOUR)) == "stale_timestamp"


@pytest.mark.parametrize(
    "unreadable",
    [
        sealed("standard-webhooks", OTHER_SECRET, keys=("other-" + "k" * 40,)),
        sealed("standard-webhooks", "no base64"),
        SealedSecret("evolution-jwt", seal(KEYS, 8, "evolution-jwt", KEY), None),
        SealedSecret("evolution-jwt", b"garbage", None),
    ],
    ids=["another key", "malformed", "copied from another source", "garbage"],
)
def test_an_unreadable_secret_refuses_nobody(unreadable: SealedSecret) -> None:
    """It may be the one that the sender used. Where another secret verifies, it does not matter."""
    assert judged([unreadable, sealed("standard-webhooks", SECRET)], signed()) is None
    for sent in ({}, signed(secret=OTHER_SECRET)):
        with pytest.raises(SecretsUnreadableError) as caught:
            judged([unreadable, sealed("standard-webhooks", SECRET)], sent)
        assert SECRET[6:] not in str(caught.value)
