import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.periods import instant_of
from services.api.redaction import (
    HEADERS,
    MASK,
    PLAIN_WORDS,
    redacted,
    redacted_diff,
    redacted_headers,
    redacted_reference,
)
from services.api.rights import may

FIELDS = st.sampled_from(
    [
        "conversation",
        "text",
        "caption",
        "pushName",
        "name",
        "url",
        "number",
        "phone",
        "content",
        "body",
        "vcard",
        "other",
    ]
)
SECRETS = st.text(min_size=4, max_size=30)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-100, 100))
PAYLOADS = st.recursive(
    st.dictionaries(FIELDS, st.one_of(SECRETS, LEAVES), max_size=4),
    lambda inner: st.dictionaries(FIELDS, st.one_of(inner, st.lists(inner, max_size=3)), max_size=4),
    max_leaves=20,
)


def texts(value: Any) -> list[str]:
    """Every text in a value."""
    if isinstance(value, dict):
        return [text for item in value.values() for text in texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


def shape(value: Any) -> Any:
    """A value without its leaves."""
    if isinstance(value, dict):
        return [(name, shape(item)) for name, item in value.items()]
    return [shape(item) for item in value] if isinstance(value, list) else type(value)


@given(PAYLOADS)
def test_no_text_survives_and_the_structure_does(payload: Any) -> None:
    """Whatever somebody wrote, of whatever form, is nowhere in what is shown."""
    shown = redacted(payload)
    visible = texts(shown)
    for text in texts(payload):
        assert not any(text in seen for seen in visible if not seen.startswith(f"{MASK}@"))
    assert shape(shown) == shape(payload)


FREE = st.sampled_from(["action_data", "metadata"])
# As somebody would write it, and as what is shown elsewhere would look.
SAID = st.one_of(SECRETS, st.from_regex(r"[A-Za-z][A-Za-z_.-]{3,20}", fullmatch=True))
OBJECTS = st.recursive(
    st.one_of(SAID, LEAVES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "type", "status", "reason", "state", "note"]), inner, max_size=4),
    ),
    max_leaves=15,
)
KEYS = st.one_of(st.from_regex(r"[a-z]{2}[0-9]{1,12}[a-z]{0,9}", fullmatch=True), st.emails(), SECRETS)


@given(FREE, OBJECTS)
def test_nothing_that_an_integration_adds_is_shown(field: str, said: Any) -> None:
    """What its fields are called says nothing of what stands in them, at any depth; their structure is shown."""
    shown = redacted({"event": "action.created", "data": [{field: said}]})
    visible = [seen for seen in texts(shown["data"]) if seen.lower() not in PLAIN_WORDS]
    for text in texts(said):
        assert text.lower() in PLAIN_WORDS or not any(
            text in seen for seen in visible if not seen.startswith(f"{MASK}@")
        )
    assert shape(shown["data"]) == shape([{field: said}])


@given(FREE, KEYS)
def test_a_name_that_an_integration_gave_may_be_somebodys(field: str, name: str) -> None:
    """A plain word is a field's name; what has digits or an address in it may be a person's."""
    [shown] = redacted({field: {name: 1}})[field]
    odd = any(character.isdigit() or character == "@" for character in name)
    assert shown.startswith(MASK) if odd else shown == name or shown.startswith(MASK)


def test_words_for_kinds_and_states_stay_readable() -> None:
    """There are few of them, and nobody is told by them; large numbers are none."""
    given = {"action_data": {"type": "image", "status": "failed", "timestamp": 5511965860124, "steps": 3}}
    assert redacted(given) == {"action_data": {"type": "image", "status": "failed", "timestamp": MASK, "steps": 3}}


@given(st.dictionaries(st.from_regex(r"x-[a-z]{1,12}", fullmatch=True), SECRETS, max_size=5))
def test_a_header_is_shown_where_it_is_one_of_a_few(headers: dict[str, str]) -> None:
    """Integrations put what they like into those of their own."""
    known = {"user-agent": "axios/1.7.9", "content-type": "application/json", "webhook-timestamp": "1763640000"}
    own = {name: value for name, value in headers.items() if name not in HEADERS}
    assert redacted_headers(known | own) == known | dict.fromkeys(own, MASK)


@given(st.integers(10_000_000, 10**25), FIELDS)
def test_numbers_that_may_be_somebodys_are_masked(number: int, field: str) -> None:
    """A phone number is one, also where it is no text."""
    assert redacted({field: number}) == {field: MASK}


@given(
    st.text(alphabet="0123456789", min_size=8, max_size=25), st.sampled_from(["id", "conversation_id", "x", "status"])
)
def test_a_phone_number_is_no_id(number: str, field: str) -> None:
    """Outer ids of conversations begin with one."""
    assert redacted({field: number}) == {field: MASK}


def test_ids_types_and_times_are_shown() -> None:
    """An operator finds by them what is meant."""
    payload = {
        "event": "messages.upsert",
        "instance": "demo-wa",
        "data": {
            "key": {"id": "3EB0C7AF"},
            "messageType": "imageMessage",
            "messageTimestamp": 1763640000,
            "status": "READ",
        },
    }
    assert redacted(payload) == payload


def test_an_address_keeps_its_kind() -> None:
    """Whether it is a phone, a LID or a group is often the fault."""
    assert redacted({"id": "5511965860124@s.whatsapp.net"}) == {"id": f"{MASK}@s.whatsapp.net"}


def test_a_name_of_a_field_may_be_somebodys_too() -> None:
    """Maps by phone number, by address, by free text."""
    shown = redacted({"5511965860124": 1, "Maria da Silva": 2, "a5511965860124": 3})
    assert list(shown.values()) == [1, 2, 3]
    assert not any(digit in "".join(shown) for digit in ("9658", "Maria"))


@given(
    st.recursive(st.none(), lambda inner: st.lists(inner, min_size=1, max_size=1), max_leaves=3), st.integers(200, 400)
)
def test_any_depth_can_be_shown(value: Any, depth: int) -> None:
    """What is nested absurdly deep is cut."""
    for _ in range(depth):
        value = [value]
    assert json.dumps(redacted(value))


@pytest.mark.parametrize(
    ("reference", "shown"),
    [
        ("7", "7"),
        (None, None),
        ("5511965860124@s.whatsapp.net", "•••0124@s.whatsapp.net"),
        ("5511965860124551", "•••4551"),
    ],
)
def test_a_conversation_is_recognised_by_its_last_digits(reference: str | None, shown: str | None) -> None:
    """Our own ids are shown whole."""
    assert redacted_reference(reference) == shown


def test_a_diff_says_where_and_not_what() -> None:
    """Also where both sides are masked."""
    diff = redacted_diff({"text": "dor no peito", "id": "A"}, {"text": "dor de cabeça", "id": "A"})
    assert f'+  "text": "{MASK} (changed)"' in diff
    assert "dor" not in diff
    assert redacted_diff({"a": 1}, {"a": 1}) == ""


def test_rights_are_few_and_unknown_roles_have_none() -> None:
    """The table of roles."""
    assert may("supervisor", "view")
    assert not may("supervisor", "view_payload")
    assert not may("agent", "view")
    assert not may("intruder", "view")
    assert may("operator", "bulk_replay")


@pytest.mark.parametrize("text", ["", "2", "2y", "h2", "-2h", "99999999h", "yesterday"])
def test_a_period_that_is_none_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=r"ISO|isoformat|calendar|string"):
        instant_of(text, datetime(2026, 1, 1, tzinfo=UTC), "America/Sao_Paulo")


def test_a_period_lies_back_or_ahead() -> None:
    """Whoever asks says which; both end with the calendar."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert instant_of("2h", now, "America/Sao_Paulo") == datetime(2025, 12, 31, 22, tzinfo=UTC)
    assert instant_of("2h", now, "America/Sao_Paulo", ahead=True) == datetime(2026, 1, 1, 2, tzinfo=UTC)
    for ahead in (False, True):
        with pytest.raises(ValueError, match="calendar"):
            instant_of("99999w", datetime(9999 if ahead else 1, 6, 1, tzinfo=UTC), "UTC", ahead=ahead)
