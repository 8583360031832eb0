"""Ids of the kinds that Evolution and WhatsApp hand out. New ones every time: an id seen before is a duplicate."""

import secrets

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def web_message_id() -> str:
    """The id of a message sent through the API, which is a linked device to WhatsApp."""
    return "3EB0" + secrets.token_hex(9).upper()


def android_message_id() -> str:
    """The id of a message sent from an Android phone."""
    return "AC" + secrets.token_hex(15).upper()


def iphone_message_id() -> str:
    """The id of a message sent from an iPhone."""
    return "3A" + secrets.token_hex(9).upper()


def row_id() -> str:
    """The id of a row in Evolution's own database (cuid)."""
    return "cm" + "".join(secrets.choice(_BASE36) for _ in range(23))
