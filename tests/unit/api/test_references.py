import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.references import LARGEST_ID, ConversationReference, parse_id, parse_reference


@given(st.integers(1, LARGEST_ID))
def test_every_id_is_read_as_written(number: int) -> None:
    """Ids leave as strings and come back as the same number."""
    assert parse_id(str(number)) == number


@pytest.mark.parametrize("text", ["", "0", "007", "-1", "+1", " 1", "1 ", "1.0", "1e3", "१२", "²", str(LARGEST_ID + 1)])
def test_what_is_not_written_as_an_id_is_none(text: str) -> None:
    """Another spelling of a number may be somebody's external id, and is not ours."""
    assert parse_id(text) is None


def test_an_id_beyond_64_bits_is_an_external_id_only() -> None:
    """WhatsApp-style ids are looked for as text."""
    assert parse_reference("5511965860124551150391104") == ConversationReference(None, "5511965860124551150391104")


@pytest.mark.parametrize("text", ["", "a\0b", "\ud800", "9" * 256])
def test_a_name_no_conversation_can_have_is_no_reference(text: str) -> None:
    """What Postgres would refuse never reaches it."""
    assert parse_reference(text) is None


@given(st.text())
def test_any_text_is_a_reference_or_none(text: str) -> None:
    """Whatever stands in a path, reading it does not fail."""
    reference = parse_reference(text)
    assert reference is None or reference.external_id == text
