from hypothesis import given
from hypothesis import strategies as st

from services.api.snippets import END, HIT, snippet

TEXTS = st.lists(st.tuples(st.text("ab c", min_size=1, max_size=90), st.booleans()), max_size=9)


@given(TEXTS)
def test_a_snippet_is_a_piece_of_the_content(parts: list[tuple[str, bool]]) -> None:
    """Nothing is lost between its parts, and it has the first hit in it."""
    content = "".join(text for text, _ in parts)
    marked = "".join(f"{HIT}{text}{END}" if hit else text for text, hit in parts)
    shown = snippet(content.upper(), marked)
    piece = "".join(part["text"] for part in shown)
    assert piece in content.upper()
    assert len(piece) <= 200
    assert any(part["hit"] for part in shown) == any(hit for _, hit in parts)


def test_without_knowing_where_there_is_no_hit() -> None:
    """A text whose length folding changed is shown from its beginning."""
    assert snippet("abc", f"{HIT}ab{END}") == [{"text": "abc", "hit": False}]
