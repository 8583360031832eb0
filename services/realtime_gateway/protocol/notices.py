"""What the gateway says on its own account, outside any channel's sequence."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from shared.events.told import Id, Moment, ToldModel

Milliseconds = Annotated[int, Field(ge=0)]


class ChannelPosition(ToldModel):
    """Where a channel stands. Numbers begin anew with each epoch."""

    channel: str
    seq: int = Field(ge=0)
    epoch: str


class Introduction(ToldModel):
    """Who is connected as whom, and what was joined with that."""

    connection_id: str = Field(description="Tells the tabs of one user apart.")
    user_id: Id
    clinic_id: Id
    ping_interval: Milliseconds = Field(description="Milliseconds between the server's pings.")
    server_time: Moment
    channels: list[ChannelPosition]


class Connected(ToldModel):
    """The socket is authenticated, and has joined the user's, the clinic's and the presence channel."""

    type: Literal["connected"]
    data: Introduction


class Reset(ToldModel):
    """Events of the channel may be missing up to this position: fetch what it shows, and go on from here."""

    type: Literal["reset"]
    channel: str
    data: ChannelPosition


class Expiry(ToldModel):
    """When a token ends."""

    expires_at: int = Field(description="Seconds since the epoch.")


class TokenExpiring(ToldModel):
    """The token ends soon: send `auth` with a newer one, or be disconnected then."""

    type: Literal["token_expiring"]
    data: Expiry


class Departure(ToldModel):
    """When to come back."""

    reconnect_ms: Milliseconds


class GoingAway(ToldModel):
    """The gateway ends this connection now: connect again after that time."""

    type: Literal["going_away"]
    data: Departure


NOTICES: dict[str, type[BaseModel]] = {
    "connected": Connected,
    "reset": Reset,
    "token_expiring": TokenExpiring,
    "going_away": GoingAway,
}
