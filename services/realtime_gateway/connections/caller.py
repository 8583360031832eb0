"""Whoever issues commands: an agent's socket, or a request that stands in for one."""

from typing import Protocol

from services.realtime_gateway.channels.channel import Channel, Listener
from shared.auth.tokens import Claims


class Caller(Listener, Protocol):
    """A client as commands and channels see it. Its methods must not block or raise."""

    @property
    def claims(self) -> Claims:
        """Who speaks, and for which clinic."""

    @property
    def token(self) -> str:
        """What proves it to the API."""

    @property
    def channels(self) -> dict[str, Channel]:
        """What was joined, by the name the client used."""

    def send_json(self, payload: bytes) -> None:
        """Take a text of the gateway's own."""
