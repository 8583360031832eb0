import pytest

from services.api.search import SearchPatterns, search_patterns


@pytest.mark.parametrize(
    ("text", "name", "phone"),
    [
        ("ana", "%ana%", "%ana%"),
        ("100%_\\", r"%100\%\_\\%", r"%100\%\_\\%"),
        ("(11) 96586-0124", "%(11) 96586-0124%", "%11965860124%"),
        ("+55 11", "%+55 11%", "%5511%"),
        ("()", "%()%", "%()%"),
    ],
)
def test_a_search_becomes_escaped_patterns(text: str, name: str, phone: str) -> None:
    """Wildcards are matched as themselves, and a formatted phone finds one kept as digits."""
    assert search_patterns(text) == SearchPatterns(name, phone)
