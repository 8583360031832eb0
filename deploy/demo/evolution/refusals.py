"""Answers that are no."""

from http import HTTPStatus
from typing import Any


class Refused(Exception):
    """A request that Evolution does not carry out."""

    def __init__(self, status: int, message: Any, *, error: str | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = {"status": status, "error": error or HTTPStatus(status).phrase, "response": {"message": message}}


def unauthorized() -> Refused:
    """The key is missing or of somebody else."""
    return Refused(401, "Unauthorized")


def unknown_instance(name: str) -> Refused:
    """There is no such instance. Said before the key is looked at."""
    return Refused(404, [f'The "{name}" instance does not exist'])


def unknown_route(method: str, path: str) -> Refused:
    """There is no such address."""
    return Refused(404, [f"Cannot {method} {path}"])


def invalid(complaints: list[str]) -> Refused:
    """The body is not of the right shape. The list is in a list, as in the original."""
    return Refused(400, [complaints])


def message_not_found() -> Refused:
    """There is no such message, or Evolution did not keep it."""
    return Refused(400, ["Message not found"])


def not_json(position: int) -> Refused:
    """The body is no JSON. Evolution calls its own 400 an internal error."""
    return Refused(400, f"Unexpected token in JSON at position {position}", error="Internal Server Error")


def not_on_whatsapp(jid: str, number: str) -> Refused:
    """Nobody has that number."""
    return Refused(400, [{"jid": jid, "exists": False, "number": number}])


def unsuitable(complaint: str) -> Refused:
    """The body has the right shape, and cannot be done."""
    return Refused(400, [complaint])


def line_down() -> Refused:
    """The instance is not connected to WhatsApp: a 400 as everything."""
    return Refused(400, ["Error: Connection Closed"])


def not_activated() -> Refused:
    """2.4 without its licence says this to everything, in a shape of its own."""
    refused = Refused(503, "")
    refused.body = {"error": "service not activated", "code": "LICENSE_REQUIRED"}
    return refused
