"""Whoever issues commands: an agent's socket, or a request that stands in for one."""

from typing import Protocol

from services.realtime_gateway.channels.channel import Channel
from shared.auth.tokens import Claims


class Caller(Protocol):
    """A client as commands and channels see it. Its methods must not block or raise."""

    @property
    def id(self) -> str:
        """Tells it from every other connection, of any gateway."""

    @property
    def claims(self) -> Claims:
        """Who speaks, and for which clinic."""

    @property
    def token(self) -> str:
        """What proves it to the API."""

    @property
    def channels(self) -> dict[str, Channel]:
        """What was joined, by the name the client used."""

    def send(self, frame: bytes) -> None:
        """Take a WebSocket frame on its way."""

    def send_ephemeral(self, frame: bytes) -> None:
        """Take one that may be dropped where the client does not keep up."""

    def send_json(self, payload: bytes) -> None:
        """Take a text of the gateway's own."""
