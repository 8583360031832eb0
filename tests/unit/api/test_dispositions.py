"""A file's name in a header."""

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.dispositions import content_disposition
from services.api.uploads import LONGEST_NAME, safe_name


@given(name=st.text(max_size=300), shown=st.booleans())
def test_no_name_leaves_its_place(name: str, shown: bool) -> None:
    """One line of ASCII with two parameters, whatever the name."""
    header = content_disposition(name, shown=shown)

    kind, plain, encoded = header.split("; ")
    assert header.isascii()
    assert header.isprintable()
    assert kind == ("inline" if shown else "attachment")
    assert plain.startswith('filename="')
    assert plain.count('"') == 2
    assert "/" not in unquote(encoded)
    assert "\\" not in unquote(encoded)


def test_a_name_with_accents_is_told_whole() -> None:
    """The plain parameter is for those who read nothing else."""
    header = content_disposition("Laudo médico 50%.pdf", shown=False)

    assert header == "attachment; filename=\"Laudo m_dico 50_.pdf\"; filename*=UTF-8''Laudo%20m%C3%A9dico%2050%25.pdf"


@given(name=st.text(max_size=400) | st.none())
def test_an_uploads_name_is_one_harmless_component(name: str | None) -> None:
    """It can be stored and saved, and is never empty or a directory."""
    safe = safe_name(name)

    assert 0 < len(safe) <= LONGEST_NAME
    assert not set("/\\\0\r\n") & set(safe)
    assert safe not in {".", ".."}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b.pdf", "a_b.pdf"),
        ("..", "file"),
        ("", "file"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("\u202efdp.exe", "_fdp.exe"),
    ],
)
def test_names_keep_what_is_harmless(name: str, safe: str) -> None:
    """The extension above all; and nothing turns a name around."""
    assert safe_name(name) == safe
