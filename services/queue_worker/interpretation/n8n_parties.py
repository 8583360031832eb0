"""Whom an integration means: by phone, by a WhatsApp id, or by the id of the conversation itself."""

from collections.abc import Mapping
from typing import Any

from services.queue_worker.facts import Address, Party, ShapeError
from services.queue_worker.interpretation.addresses import addresses_of, group_address, phone_named
from services.queue_worker.interpretation.fields import identifier
from services.queue_worker.interpretation.names import usable_name

# Wider than any id, narrower than what Python refuses to print.
_WIDEST_NUMBER_BITS = 256
_EXACT_FLOAT_END = 2**53


def party_of(body: Mapping[str, Any], source: str) -> Party:
    """The contact and the conversation, as far as the body names them."""
    party = Party(
        addresses=_addresses(reference(body.get("phone"), "phone")),
        name=usable_name(body.get("contact_name")),
        name_origin="integration",
        conversation_ref=reference(body.get("conversation_id"), "conversation_id"),
        named_by=source,
    )
    if not party.addresses and party.conversation_ref is None:
        raise ShapeError("conversation_id and phone are both missing")
    return party


def reference(value: Any, field: str) -> str | None:
    """An id given as text or as a number. One that has lost digits on its way names somebody else: it is refused."""
    match value:
        case bool():
            raise ShapeError(f"{field} is not a string")
        case int() if value.bit_length() <= _WIDEST_NUMBER_BITS:
            return str(value)
        case float() if value.is_integer() and abs(value) < _EXACT_FLOAT_END:
            return str(int(value))
        case int() | float():
            raise ShapeError(f"{field} is a number that cannot be read exactly; send it as a string")
    return identifier(value, field)


def _addresses(phone: str | None) -> tuple[Address, ...]:
    if phone is None:
        return ()
    if group := group_address(phone):
        return (group,)
    if found := addresses_of([phone]) if "@" in phone else _phone_only(phone):
        return found
    raise ShapeError("phone is not a phone number")


def _phone_only(phone: str) -> tuple[Address, ...]:
    # Which JID it has is WhatsApp's to say: many still lack the ninth digit.
    number = phone_named(phone)
    return (Address("phone", number),) if number else ()
