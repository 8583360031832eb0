"""By what a person is found in payloads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.hashes import person_hashes
from shared.privacy.traces import Traces, ninth_digit_spellings

IDENTITIES = [("phone", "5511987650123"), ("jid", "551187650123@s.whatsapp.net"), ("lid", "99887766554433@lid")]


def test_a_brazilian_mobile_is_found_with_and_without_its_ninth_digit() -> None:
    """However WhatsApp writes it; and locally, where an integration says it is a phone."""
    traces = Traces([1], [2], IDENTITIES)
    assert traces.marks() == ["551187650123", "5511987650123", "99887766554433"]
    assert traces.values()["phones"] == ["%1187650123%", "%11987650123%"]


@pytest.mark.parametrize(
    "identity", [("phone", "1234567"), ("external", "17"), ("external", "agenda:17"), ("lid", "1@lid")]
)
def test_what_is_short_is_in_too_much_else(identity: tuple[str, str]) -> None:
    """It is no mark; an integration's name is compared as a whole."""
    traces = Traces([1], [2], [identity])
    assert traces.marks() == []
    assert traces.values()["names"] == ([identity[1]] if identity[0] == "external" else [])


def test_our_own_number_names_sends_and_channels() -> None:
    """An integration may count its conversations as we do: our numbers are looked for where only we write them."""
    values = Traces([1], [2], []).values()
    assert (values["own_ids"], values["ordering_keys"], values["channels"]) == (
        ["2"],
        ["conversation:2"],
        ["conversa:2"],
    )
    assert values["names"] == []


@given(st.from_regex(r"55[1-9][0-9][2-9][0-9]{7,8}", fullmatch=True))
def test_spellings_have_the_same_spellings(digits: str) -> None:
    """Whichever was kept, the other is found."""
    for spelling in ninth_digit_spellings(digits):
        assert digits in ninth_digit_spellings(spelling)


def test_what_is_written_down_is_read_as_it_was() -> None:
    """An erasure goes on with the same traces."""
    traces = Traces([1, 2], [3], IDENTITIES, ["5511987650123998877665544"], "a@b.test")
    assert Traces.from_scope(traces.scope()).values() == traces.values()


def test_hashes_are_of_one_key_and_clinic() -> None:
    """The same address in another clinic, or under another key, looks like another one."""
    found = [person_hashes([key], clinic, IDENTITIES[:1])[0] for key in ("a", "b") for clinic in (1, 2)]
    assert len(set(found)) == 4
    assert person_hashes(["a", "b"], 1, IDENTITIES[:1]) == [found[0]]
