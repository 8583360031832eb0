"""Sealing secrets: what opens them, and what must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.seal import DEVELOPMENT_KEY, UnsealError, open_sealed, seal
from shared.runtime.environment import UnsafeSettingError, secrets_keys

OLD, NEW = "old-" + "k" * 32, "new-" + "k" * 32
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_sealed_secret_opens_to_itself(secret: str) -> None:
    """Whatever its characters."""
    assert open_sealed([OLD], 7, "api-key", seal([OLD], 7, "api-key", secret)) == secret


def test_the_secret_is_not_to_be_seen() -> None:
    """The sealed bytes hold no part of the secret, and are others each time."""
    sealed = [seal([OLD], 7, "standard-webhooks", SECRET) for _ in range(2)]

    assert SECRET.encode() not in sealed[0]
    assert sealed[0] != sealed[1]


def test_keys_are_rotated_without_a_gap() -> None:
    """What the old key sealed opens beside the new one, and what the new one sealed does not need the old."""
    before = seal([OLD], 7, "evolution-jwt", SECRET)
    after = seal([NEW, OLD], 7, "evolution-jwt", SECRET)

    assert open_sealed([NEW, OLD], 7, "evolution-jwt", before) == SECRET
    assert open_sealed([NEW], 7, "evolution-jwt", after) == SECRET
    with pytest.raises(UnsealError, match="no key"):
        open_sealed([OLD], 7, "evolution-jwt", after)


@pytest.mark.parametrize(("source_id", "purpose"), [(8, "api-key"), (7, "evolution-jwt")])
def test_a_row_copied_elsewhere_opens_nothing(source_id: int, purpose: str) -> None:
    """Not for another source, and not for another purpose of the same."""
    sealed = seal([OLD], 7, "api-key", SECRET)

    with pytest.raises(UnsealError, match="another source or purpose"):
        open_sealed([OLD], source_id, purpose, sealed)


@pytest.mark.parametrize("position", [0, 20, -1])
def test_a_changed_seal_is_refused(position: int) -> None:
    """One bit is enough, and the error tells nothing of what is inside."""
    sealed = bytearray(seal([OLD], 7, "api-key", SECRET))
    sealed[position] ^= 1

    with pytest.raises(UnsealError) as caught:
        open_sealed([OLD], 7, "api-key", bytes(sealed))

    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("sealed", [b"", b"\xff\x00", b"gAAAAA", SECRET.encode()])
def test_what_was_never_sealed_is_refused(sealed: bytes) -> None:
    """With the same error as what is sealed wrongly."""
    with pytest.raises(UnsealError):
        open_sealed([OLD], 7, "api-key", sealed)


def test_keys_are_separated_by_commas() -> None:
    """Spaces around them and an empty end count for nothing."""
    assert secrets_keys("production", f" {NEW}, {OLD},") == (NEW, OLD)


@pytest.mark.parametrize("setting", ["", " , ", DEVELOPMENT_KEY, f"{NEW},{DEVELOPMENT_KEY}", f"{NEW},short"])
def test_production_refuses_keys_that_protect_nothing(setting: str) -> None:
    """None at all, the repository's, and short ones, wherever they stand; the error shows none."""
    with pytest.raises(UnsafeSettingError) as caught:
        secrets_keys("production", setting)

    assert NEW not in str(caught.value)


def test_development_has_a_key() -> None:
    """The one in this repository."""
    assert secrets_keys("development", DEVELOPMENT_KEY) == (DEVELOPMENT_KEY,)
