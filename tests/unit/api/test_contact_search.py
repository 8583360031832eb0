from hypothesis import given
from hypothesis import strategies as st

from services.api.contact_search import ContactSearch, contact_search, phone_spellings


@given(st.from_regex(r"[1-9]{2}9[0-9]{8}", fullmatch=True))
def test_a_mobile_is_found_however_it_is_written(local: str) -> None:
    """With or without country code, trunk zero and ninth digit, the spellings have the one that is kept."""
    short = local[:2] + local[3:]
    for written in (local, short, f"55{local}", f"55{short}", f"0{local}", local[2:], local[3:]):
        assert any(spelling in f"55{local}" for spelling in phone_spellings(written)), written
        assert any(spelling in f"55{short}" for spelling in phone_spellings(written)), written


def test_what_is_no_number_is_no_phone() -> None:
    """It is looked for as it stands."""
    assert contact_search("Ana 100%") == ContactSearch(["Ana", "100%"], [])
    assert contact_search("(11) 6586-0124") == ContactSearch(["(11)", "6586-0124"], ["1165860124", "11965860124"])
    assert contact_search(" . ") == ContactSearch(["."], [])
    assert contact_search("11") == ContactSearch(["11"], [])


def test_blanks_alone_look_for_nothing() -> None:
    """They are no search."""
    assert contact_search("") is contact_search(" \t") is None
