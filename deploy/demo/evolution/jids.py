"""Whom a `number` in a request means, as Evolution works it out."""

import re

# 2.3.7 takes the ninth digit away from mobiles outside São Paulo and its neighbours, whose WhatsApp ids lack it; what
# is sent to 5585987770107 is answered for 558587770107.
_BRAZILIAN_MOBILE = re.compile(r"(55)(\d{2})\d(\d{8})")
_LAST_AREA_WITH_NINTH_DIGIT = 30
_FIRST_MOBILE_DIGIT = 7

_NOT_ON_WHATSAPP = "0000000"


def recipient_jid(number: str) -> str:
    """The JID a message goes to."""
    if "@" in number:
        return number
    return f"{_without_ninth_digit(re.sub(r'[^0-9]', '', number))}@s.whatsapp.net"


def is_on_whatsapp(jid: str) -> bool:
    """Whether somebody answers there: everybody but numbers that end in seven zeros."""
    return not jid.partition("@")[0].endswith(_NOT_ON_WHATSAPP)


def is_group(jid: str) -> bool:
    """Whether a JID names a group."""
    return jid.endswith("@g.us")


def _without_ninth_digit(digits: str) -> str:
    match = _BRAZILIAN_MOBILE.fullmatch(digits)
    if match is None:
        return digits
    country, area, rest = match.groups()
    if int(area) <= _LAST_AREA_WITH_NINTH_DIGIT or int(rest[0]) < _FIRST_MOBILE_DIGIT:
        return digits
    return country + area + rest
