"""Phone numbers, JIDs and LIDs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.queue_worker.facts import Address
from services.queue_worker.interpretation.addresses import addresses_of, phone_of, user_of

DIGITS = st.text("0123456789", min_size=1, max_size=20)
AREA_CODES = [
    11,
    12,
    19,
    21,
    22,
    24,
    27,
    28,
    31,
    35,
    37,
    38,
    41,
    49,
    51,
    53,
    54,
    55,
    61,
    69,
    71,
    73,
    75,
    77,
    79,
    81,
    99,
]
NO_AREA_CODES = [10, 20, 23, 25, 26, 29, 30, 36, 39, 40, 50, 52, 56, 59, 60, 70, 72, 76, 78, 80, 90]


@pytest.mark.parametrize("area", AREA_CODES)
@pytest.mark.parametrize("first", [6, 7, 8, 9])
def test_ninth_digit_is_added_to_a_mobile(area: int, first: int) -> None:
    """A Brazilian mobile in its old form is the same number as in its new one."""
    assert phone_of(f"55{area}{first}1234567") == f"55{area}9{first}1234567"


@pytest.mark.parametrize("area", NO_AREA_CODES)
def test_ninth_digit_needs_a_real_area_code(area: int) -> None:
    """What only looks like a Brazilian mobile is left as it is."""
    assert phone_of(f"55{area}91234567") == f"55{area}91234567"


@pytest.mark.parametrize("digits", ["551132345678", "5511987654321", "351912345678", "15551234567"])
def test_other_number_is_left_as_it_is(digits: str) -> None:
    """Landlines, new mobiles and other countries' numbers do not change."""
    assert phone_of(digits) == digits


@pytest.mark.parametrize("digits", ["", "0", "123456", "1234567890123456"])
def test_what_is_too_short_or_long_is_no_phone(digits: str) -> None:
    """A phone number has 7 to 15 digits."""
    assert phone_of(digits) is None


@given(DIGITS)
def test_normalising_twice_changes_nothing(digits: str) -> None:
    """A normalised number is its own normal form."""
    phone = phone_of(digits)
    assert phone is None or phone_of(phone) == phone


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ("551187654321@s.whatsapp.net", ("phone:5511987654321", "jid:551187654321@s.whatsapp.net")),
        ("5511987654321:12@s.whatsapp.net", ("phone:5511987654321", "jid:5511987654321@s.whatsapp.net")),
        ("5511987654321.0:3@s.whatsapp.net", ("phone:5511987654321", "jid:5511987654321@s.whatsapp.net")),
        ("5511987654321@c.us", ("phone:5511987654321", "jid:5511987654321@s.whatsapp.net")),
        ("5511987654321", ("phone:5511987654321", "jid:5511987654321@s.whatsapp.net")),
        ("+55 (11) 98765-4321", ("phone:5511987654321", "jid:5511987654321@s.whatsapp.net")),
        ("0@s.whatsapp.net", ("jid:0@s.whatsapp.net",)),
        ("201122334455667@lid", ("lid:201122334455667@lid",)),
        ("201122334455667:4@lid", ("lid:201122334455667@lid",)),
        ("120363000000000001@g.us", ()),
        ("status@broadcast", ()),
        ("٥٥١١٩٨٧٦٥٤٣٢١@s.whatsapp.net", ()),
        ("", ()),
        (5511987654321, ()),
    ],
)
def test_address_is_normalised(value: object, addresses: tuple[str, ...]) -> None:
    """One person has the same addresses however an id is written; what is no person has none."""
    assert tuple(f"{address.kind}:{address.value}" for address in addresses_of([value])) == addresses


def test_both_forms_of_a_mobile_are_one_phone() -> None:
    """The old and the new form give one phone and both JIDs, since WhatsApp knows only one of them."""
    assert addresses_of(["551187654321@s.whatsapp.net", "5511987654321@s.whatsapp.net"]) == (
        Address("phone", "5511987654321"),
        Address("jid", "551187654321@s.whatsapp.net"),
        Address("jid", "5511987654321@s.whatsapp.net"),
    )


def test_first_lid_wins() -> None:
    """Two LIDs are two people, of whom the first is meant."""
    assert addresses_of(["1@lid", "2@lid"]) == (Address("lid", "1@lid"),)


@given(DIGITS, st.integers(0, 99), st.sampled_from(["s.whatsapp.net", "lid"]))
def test_device_does_not_change_who_it_is(digits: str, device: int, domain: str) -> None:
    """The same user on another device is the same user."""
    assert user_of(f"{digits}:{device}@{domain}") == user_of(f"{digits}@{domain}") is not None
