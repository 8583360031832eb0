"""What is measured of the gateways: rooms of three sizes, events one by one and in bursts, and clients that stop reading."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """So many rooms of one size, with numbers of their own."""

    first_room: int
    rooms: int
    size: int

    @property
    def numbers(self) -> range:
        return range(self.first_room, self.first_room + self.rooms)

    def scaled(self, scale: float) -> "Group":
        """Smaller rooms, for a quick try; the smallest stay as they are."""
        return Group(self.first_room, self.rooms, self.size if self.size <= 10 else max(1, round(self.size * scale)))


@dataclass(frozen=True, slots=True)
class Scenario:
    """At a steady rate, so many events at once to one room of the group after the other. The text's length in bytes."""

    key: str
    group: Group
    burst: int
    per_second: float
    text: int = 130  # makes a frame of some 300 bytes

    def scaled(self, scale: float) -> "Scenario":
        """The same over smaller rooms."""
        return Scenario(self.key, self.group.scaled(scale), self.burst, self.per_second, self.text)


TENS = Group(10_000, 200, 10)
HUNDREDS = Group(20_000, 1, 500)
THOUSANDS = Group(30_000, 1, 5_000)
BURST = 20

# Rates that every contestant keeps up with: what is compared is the cost of a delivery, not who drowns first.
SINGLES = (
    Scenario("single_10", TENS, 1, 1000),
    Scenario("single_500", HUNDREDS, 1, 50),
    Scenario("single_5000", THOUSANDS, 1, 5),
)
BURSTS = (
    Scenario("burst_10", TENS, BURST, 50),
    Scenario("burst_500", HUNDREDS, BURST, 2),
    Scenario("burst_5000", THOUSANDS, BURST, 0.5),
)

# One client in a hundred stops reading; events large enough that the kernel's buffers don't hide it.
STUCK = Group(40_000, 1, 100)
STUCK_EVERY = 100
ALL_READ = Scenario("all_read", STUCK, 1, 100, text=10_000)
SOME_STUCK = Scenario("some_stuck", STUCK, 1, 100, text=10_000)
