"""Where somebody can be: in a clinic, which is presence, or looking at a conversation."""

from typing import NamedTuple

from shared.events.live import channel_name

# A connection's entry outlives two refreshes that failed.
LIVES_IN_REFRESHES = 2.4
# Everybody has refreshed, and so has returned to a Redis that forgot, before this many refreshes are over.
SETTLED_IN_REFRESHES = 1.5


class Place(NamedTuple):
    """A channel that is attended. The clinic comes from a verified token."""

    clinic_id: int
    channel: str

    @property
    def kind(self) -> str:
        """What being here means: `presence` or `conversa`."""
        return self.channel.partition(":")[0]


def clinic_place(clinic_id: int) -> Place:
    """Where all of a clinic's users are."""
    return Place(clinic_id, channel_name("presence", clinic_id))


class Timing(NamedTuple):
    """How presence ages, in milliseconds."""

    refresh_ms: int

    @property
    def life_ms(self) -> int:
        """After which a connection that nobody refreshes is gone: 60 s where refreshes are 25 s apart."""
        return int(self.refresh_ms * LIVES_IN_REFRESHES)

    @property
    def settled_ms(self) -> int:
        """How old a roster must be for an absence to mean anything."""
        return int(self.refresh_ms * SETTLED_IN_REFRESHES)
