from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.cursors import CursorError, CursorKind, Position, decode_cursor, encode_cursor
from services.api.references import parse_id

kinds = st.sampled_from(CursorKind)
positions = st.builds(
    Position,
    at=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3))])).filter(lambda at: at.year > 1),
    id=st.integers(-(2**63), 2**63 - 1),
)


@given(kinds, positions)
def test_a_cursor_gives_back_its_position(kind: CursorKind, position: Position) -> None:
    """Encoding loses nothing, down to the microsecond."""
    assert decode_cursor(kind, encode_cursor(kind, position)) == position


@given(kinds, positions)
def test_a_cursor_is_never_taken_for_an_id(kind: CursorKind, position: Position) -> None:
    """`before` takes both, so the two must not meet."""
    assert parse_id(encode_cursor(kind, position)) is None


@given(positions)
def test_a_cursor_of_another_list_is_refused(position: Position) -> None:
    """A position among conversations is none among messages."""
    cursor = encode_cursor(CursorKind.CONVERSATIONS, position)
    with pytest.raises(CursorError):
        decode_cursor(CursorKind.MESSAGES, cursor)


@given(kinds, st.text() | st.from_regex(r"[A-Za-z0-9_-]{20,26}", fullmatch=True))
def test_any_text_is_a_cursor_or_refused(kind: CursorKind, text: str) -> None:
    """Whatever a client sends, it gets an answer; what is taken is what we would have written ourselves."""
    try:
        position = decode_cursor(kind, text)
    except CursorError:
        return
    assert encode_cursor(kind, position) == text


@given(kinds, positions, st.data())
def test_a_changed_cursor_never_fails_otherwise(kind: CursorKind, position: Position, data: st.DataObject) -> None:
    """Tampering with one character gives another position or a refusal, nothing else."""
    cursor = encode_cursor(kind, position)
    place = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:place] + data.draw(st.characters()) + cursor[place + 1 :]
    try:
        decode_cursor(kind, changed)
    except CursorError:
        return


def test_a_time_beyond_the_calendar_is_refused() -> None:
    """A forged cursor may name a time that no datetime can hold."""
    forged = encode_cursor(CursorKind.MESSAGES, Position(datetime(2025, 6, 27, tzinfo=UTC), 1))
    with pytest.raises(CursorError):
        decode_cursor(CursorKind.MESSAGES, forged[:2] + "____" + forged[6:])
