import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.tokens import AUDIENCE, Claims, InvalidTokenError, TokenVerifier, issue_token, verify_token

SECRET = "a-secret-for-tests-" * 4
LIFE = timedelta(hours=8)


def issued(**changes: Any) -> str:
    arguments: dict[str, Any] = {
        "user_id": 7,
        "clinic_id": 1,
        "role": "agent",
        "name": "Ana Souza",
        "now": datetime.now(UTC),
        "life": LIFE,
    }
    return issue_token(SECRET, **(arguments | changes))


def signed(algorithm: str = "HS256", secret: str = SECRET, **changes: Any) -> str:
    """A token whose claims are not what `issue_token` would write; `...` leaves one out."""
    claims: dict[str, Any] = {
        "sub": "7",
        "clinic_id": 1,
        "role": "agent",
        "name": "Ana Souza",
        "exp": int((datetime.now(UTC) + LIFE).timestamp()),
        "aud": AUDIENCE,
    }
    return jwt.encode(
        {name: value for name, value in (claims | changes).items() if value is not ...}, secret, algorithm=algorithm
    )


def unsigned(header: dict[str, Any], signature: str = "") -> str:
    """A token with any header, the claims of a valid one, and no signature of ours."""
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return f"{head}.{signed().split('.')[1]}.{signature}"


def test_a_token_tells_who_is_speaking() -> None:
    """What was issued comes back, with the seconds at which it ends, was issued, and its session began."""
    now = datetime.now(UTC).replace(microsecond=0)
    second = int(now.timestamp())

    claims = verify_token(SECRET, issued(now=now))
    renewed = verify_token(SECRET, issued(now=now, auth_time=second - 60))

    assert claims == Claims(7, 1, "agent", "Ana Souza", int((now + LIFE).timestamp()), second, second)
    assert renewed == replace(claims, auth_time=second - 60)


def test_a_token_of_an_earlier_release_began_its_session() -> None:
    """It says when it was issued and no more; one that says nothing is older than everything."""
    assert verify_token(SECRET, signed(iat=1700000000)).auth_time == 1700000000
    assert verify_token(SECRET, signed()).auth_time == 0


def test_a_token_issued_a_second_from_now_is_valid() -> None:
    """The clock of the host that issued it is a little ahead, or its session begins with the next second."""
    soon = int((datetime.now(UTC) + timedelta(seconds=2)).timestamp())
    assert verify_token(SECRET, signed(iat=soon, auth_time=soon)).auth_time == soon


FORGED = {
    "no algorithm": unsigned({"alg": "none", "typ": "JWT"}),
    "no algorithm, in capitals": unsigned({"alg": "NONE"}),
    "no header": unsigned({}),
    "another algorithm": signed("HS512"),
    "another secret": signed(secret="another-secret-" * 4),
    "an empty signature": unsigned({"alg": "HS256"}),
    "a wrong signature": unsigned({"alg": "HS256"}, "AAAA"),
    "a key of its own choice": unsigned({"alg": "HS256", "kid": "/dev/null", "jwk": {"kty": "oct", "k": ""}}),
    "expired": issued(now=datetime.now(UTC) - LIFE - timedelta(seconds=1)),
    "not valid yet": signed(nbf=int((datetime.now(UTC) + timedelta(hours=1)).timestamp())),
    "another audience": signed(aud="another product"),
    "no audience": signed(aud=...),
    "no subject": signed(sub=...),
    "no clinic": signed(clinic_id=...),
    "no role": signed(role=...),
    "no name": signed(name=...),
    "no end": signed(exp=...),
    "an end that is no time": signed(exp="tomorrow"),
    "a subject that is no number": signed(sub="ana"),
    "a subject that is no text": signed(sub=7),
    "a clinic that is no number": signed(clinic_id="demo"),
    "a clinic that is nothing": signed(clinic_id=None),
    "a clinic that is a list": signed(clinic_id=[1]),
    "nothing": "",
    "no token": "demo",
    "dots": "..",
    "a lone surrogate": "\ud800.\ud800.\ud800",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_an_invalid_token_is_refused(token: str) -> None:
    """Malformed, forged, expired or meant for somebody else: one error, which callers turn into a 401."""
    with pytest.raises(InvalidTokenError):
        verify_token(SECRET, token)


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{4,40}\.[A-Za-z0-9_-]{4,40}\.[A-Za-z0-9_-]{4,40}", fullmatch=True))
def test_no_text_is_taken_for_a_token(token: str) -> None:
    """Whatever a client sends instead of a token, it is refused in the one way callers know."""
    with pytest.raises(InvalidTokenError):
        verify_token(SECRET, token)


@given(st.data())
def test_a_changed_token_is_refused(data: st.DataObject) -> None:
    """A character of the claims that is another one breaks the signature."""
    head, claims, signature = issued().split(".")
    place = data.draw(st.integers(0, len(claims) - 2))
    other = data.draw(st.sampled_from("ABCxyz019_-").filter(lambda character: character != claims[place]))

    with pytest.raises(InvalidTokenError):
        verify_token(SECRET, f"{head}.{claims[:place]}{other}{claims[place + 1 :]}.{signature}")


def test_remembered_token_still_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    """That a token was good once says nothing after its end."""
    verifier, token = TokenVerifier(SECRET), issued()
    claims = verifier.verify(token)
    monkeypatch.setattr("time.time", lambda: float(claims.expires_at))

    with pytest.raises(InvalidTokenError):
        verifier.verify(token)


def test_refused_token_is_refused_again() -> None:
    """A refusal is not remembered as anything else."""
    verifier = TokenVerifier(SECRET)
    forged = signed(secret="another-secret-" * 4)
    for _ in range(2):
        with pytest.raises(InvalidTokenError):
            verifier.verify(forged)
    assert verifier.verify(issued()).user_id == 7
