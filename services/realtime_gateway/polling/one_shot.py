"""A posted command's caller: it hears its reply, and is gone."""

from collections.abc import Sequence

from services.realtime_gateway.channels.channel import Channel
from shared.auth.tokens import Claims


class OneShotCaller:
    """Keeps the reply. What a channel tells meanwhile is for those who stay."""

    def __init__(self, connection_id: str, token: str, claims: Claims) -> None:
        self.id = connection_id
        self.token = token
        self.claims = claims
        self.channels: dict[str, Channel] = {}
        self.reply = b""

    def send(self, frame: bytes) -> None:
        """Nobody stays to hear it."""

    def send_ephemeral(self, frame: bytes) -> None:
        """Nobody stays to hear it."""

    def deliver(self, _data: bytes, _frames: Sequence[bytes]) -> bool:
        """Nobody stays to hear it."""
        return False

    def send_json(self, payload: bytes) -> None:
        """Take the reply."""
        self.reply = self.reply or payload
