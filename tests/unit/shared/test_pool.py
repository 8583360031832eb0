import json

from hypothesis import given
from hypothesis import strategies as st

from shared.db.pool import load_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_columns_are_read_as_they_are(value: object) -> None:
    """Every integer exactly, however long: ids of outside systems exceed 64 bits."""
    text = json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")
    try:
        text.decode()
    except UnicodeDecodeError:
        return  # Postgres holds no such text
    assert load_json(text) == json.loads(text)


def test_ids_beyond_64_bits_stay_exact() -> None:
    """Also where they stand among small numbers, and in text."""
    text = '{"id": 5511965860124551150391104, "n": 18446744073709551615, "m": -9223372036854775809, "s": "1"}'
    assert load_json(text) == json.loads(text)
    assert load_json(text.encode()) == json.loads(text)
