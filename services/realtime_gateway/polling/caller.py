"""A poll as the rest of the gateway sees it: a connection that lives as long as one request."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from services.realtime_gateway.channels.channel import Channel
from services.realtime_gateway.polling.following import Following
from services.realtime_gateway.protocol.framing import framed_payload
from shared.auth.tokens import Claims

MOST_ANSWERED_BYTES = 512 * 1024
MOST_EPHEMERAL = 64
VIEWERS = b'{"type":"conversation:viewers"'


class PollCaller:
    """Gathers what there is to answer, within bounds, and knows when there is something."""

    def __init__(self, connection_id: str, token: str, claims: Claims, *, attends: bool) -> None:
        self.id = connection_id
        # Whether its user is here while it polls: only a connection that has a name can come back.
        self.attends = attends
        self.token = token
        self.claims = claims
        self.channels: dict[str, Channel] = {}
        self.following: list[Following] = []
        # Of what may be dropped, the oldest goes.
        self.ephemeral: deque[bytes] = deque(maxlen=MOST_EPHEMERAL)
        self._bytes_left = MOST_ANSWERED_BYTES
        self._news = asyncio.Event()
        self._hurried = asyncio.Event()

    def send(self, frame: bytes) -> None:
        """Take a frame that is meant for this connection alone."""
        self.send_ephemeral(frame)

    def send_json(self, payload: bytes) -> None:
        """Take a text that is meant for this connection alone."""
        self.ephemeral.append(payload)
        self.told()

    def send_ephemeral(self, frame: bytes) -> None:
        """Take somebody's typing or presence. Who looks at a conversation can wait for the next answer."""
        payload = framed_payload(frame)
        self.ephemeral.append(payload)
        if not payload.startswith(VIEWERS):
            self.told()

    def deliver(self, _data: bytes, frames: Sequence[bytes]) -> bool:
        """Take frames that somebody else has, too. There is no client to write to before the answer."""
        for frame in frames:
            self.send(frame)
        return False

    def room_for(self, size_bytes: int) -> bool:
        """Whether the answer still takes so much. Where it does not, it is to be sent at once."""
        if size_bytes > self._bytes_left:
            self.hurry()
            return False
        self._bytes_left -= size_bytes
        return True

    def told(self) -> None:
        """There is something to answer."""
        self._news.set()

    def hurry(self) -> None:
        """Answer now, with whatever there is."""
        self._news.set()
        self._hurried.set()

    async def gather(self, wait_seconds: float, linger_seconds: float) -> None:
        """Wait for something to answer, and then a moment longer for what comes with it."""
        if await _within(wait_seconds, self._news):
            await _within(linger_seconds, self._hurried)


async def _within(seconds: float, event: asyncio.Event) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await event.wait()
    return event.is_set()
