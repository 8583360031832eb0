"""The names under which WhatsApp knows a person, normalised so that equal means same."""

import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from services.queue_worker.facts import Address

NUMBER_DOMAIN = "s.whatsapp.net"
LID_DOMAIN = "lid"

# A user with the device's and the agent's suffix, which are no part of who it is: 5511987654321.0:12@s.whatsapp.net
_JID = re.compile(r"([0-9]{1,32})(?:[._][0-9]{1,3})?(?::[0-9]{1,5})?@([a-z.]{1,32})")
_DOMAINS = {
    NUMBER_DOMAIN: NUMBER_DOMAIN,
    "c.us": NUMBER_DOMAIN,
    "hosted": NUMBER_DOMAIN,
    LID_DOMAIN: LID_DOMAIN,
    "hosted.lid": LID_DOMAIN,
}
_WRITTEN_NUMBER = re.compile(r"[+0-9 ().\u00a0-]{1,40}")
_NOT_DIGITS = re.compile(r"[^0-9]")
_GROUP = re.compile(r"[0-9-]{1,64}@g\.us")
_PHONE = re.compile(r"[0-9]{7,15}")
_NO_NINTH_DIGIT = re.compile(
    r"(55(?:1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9]))([6-9][0-9]{7})"
)


class User(NamedTuple):
    """A person's id in one of WhatsApp's two ways of naming people."""

    domain: Literal["s.whatsapp.net", "lid"]
    digits: str


def user_of(value: Any) -> User | None:
    """The person a JID names, or a number written without one; None for a group, a channel or anything else."""
    if not isinstance(value, str):
        return None
    if match := _JID.fullmatch(value.strip()):
        return _user(match[1], match[2])
    return _written_number(value)


def phone_of(digits: str) -> str | None:
    """The phone number, with the ninth digit that Brazilian mobiles got and many WhatsApp ids still lack."""
    if not _PHONE.fullmatch(digits):
        return None
    return _NO_NINTH_DIGIT.sub(r"\g<1>9\g<2>", digits) if _NO_NINTH_DIGIT.fullmatch(digits) else digits


def addresses_of(candidates: Iterable[Any]) -> tuple[Address, ...]:
    """The addresses of one person: phone, then JIDs, then LID. What names somebody else than the first is left out."""
    users = [user for candidate in candidates if (user := user_of(candidate))]
    numbers = _same_phone([user.digits for user in users if user.domain == NUMBER_DOMAIN])
    lids = [user.digits for user in users if user.domain == LID_DOMAIN][:1]
    phones = [phone for digits in numbers[:1] if (phone := phone_of(digits))]
    return (
        *(Address("phone", phone) for phone in phones),
        *(Address("jid", f"{digits}@{NUMBER_DOMAIN}") for digits in numbers),
        *(Address("lid", f"{digits}@{LID_DOMAIN}") for digits in lids),
    )


def group_address(value: str) -> Address | None:
    """The address of a group; older ones are named after who made them: 5511987654321-1600000000@g.us."""
    return Address("group", value) if _GROUP.fullmatch(value) else None


def phone_named(value: Any) -> str | None:
    """The phone number a JID names; None where it names none."""
    user = user_of(value)
    return phone_of(user.digits) if user and user.domain == NUMBER_DOMAIN else None


def _user(digits: str, domain: str) -> User | None:
    match _DOMAINS.get(domain):
        case "s.whatsapp.net":
            return User("s.whatsapp.net", digits)
        case "lid":
            return User("lid", digits)
    return None


def _written_number(value: str) -> User | None:
    # The EVOLUTION channel echoes the number just as the caller of its API wrote it.
    digits = _NOT_DIGITS.sub("", value) if _WRITTEN_NUMBER.fullmatch(value.strip()) else ""
    return User("s.whatsapp.net", digits) if _PHONE.fullmatch(digits) else None


def _same_phone(numbers: list[str]) -> list[str]:
    unique = list(dict.fromkeys(numbers))
    return [digits for digits in unique if phone_of(digits) == phone_of(unique[0])]
