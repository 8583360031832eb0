"""How much memory the bodies may take that do not come with their requests' heads, over all connections."""

from dataclasses import dataclass
from typing import Self


class TooManyBytesError(Exception):
    """There is no room for more of a body now."""


@dataclass(slots=True)
class Bodies:
    """The room for bodies, and the bytes that are in it."""

    max_bytes: int
    bytes: int = 0


@dataclass(slots=True)
class Hold:
    """What one body takes of the room, given back at the end of a `with` block."""

    bodies: Bodies
    bytes: int = 0

    def grow(self, more: int) -> None:
        """Take more room. Raises TooManyBytesError, and then takes none."""
        if self.bodies.bytes + more > self.bodies.max_bytes:
            raise TooManyBytesError
        self.bodies.bytes += more
        self.bytes += more

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.bodies.bytes -= self.bytes
        self.bytes = 0
