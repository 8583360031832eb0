"""What one agent has seen, read from the log of their socket, and what of it breaks a promise. No I/O."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.chaos.clinics import Clinic

Entry = dict[str, Any]
Frame = dict[str, Any]
MOST_COMPLAINTS = 20


class Position(NamedTuple):
    """The last event that the agent has of a channel."""

    seq: int
    epoch: str


class Place(NamedTuple):
    """Where an event stands: every agent, and the history in Redis, must have the same one there."""

    clinic_id: int
    channel: str
    epoch: str
    seq: int


def event_name(event: Frame) -> str:
    """What an event is of, and which version of it."""
    data = event["data"]
    return f"{event['type']} {data.get('id') or data.get('conversationId') or ''} {data.get('version', '')}"


class Shown(NamedTuple):
    """A message as the agent sees it."""

    version: int
    content: str
    status: str
    deleted: bool


@dataclass
class Room:
    """A channel, as far as the agent knows it. `lapses` counts the times that it had to be fetched, `fetched` is the last of
    those that it was fetched after.
    """

    position: Position | None = None
    # Until a join is answered, what arrives live is in its answer as well.
    joining: bool = False
    lapses: int = 0
    fetched: int = 0
    announced: set[tuple[str, str]] = field(default_factory=set)

    @property
    def stale(self) -> bool:
        """Whether what it shows is yet to be fetched."""
        return self.fetched < self.lapses


class Transcript:
    """Takes the entries of a log one after another. `messages` and `entries` are what the agent's screen knows, `agreed`
    is what the first of all agents saw at each place.
    """

    def __init__(self, clinic: Clinic, agent: str, agreed: dict[Place, str]) -> None:
        self.clinic = clinic
        self.agent = agent
        self.rooms: dict[str, Room] = {}
        self.messages: dict[str, dict[str, Shown]] = {}
        self.entries: dict[str, int] = {}  # conversations of the list, each with the newest version that was told
        self._agreed = agreed
        self.complaints: list[str] = []
        self.closes: list[int] = []
        self.live = self.replayed = self.refetched = 0

    def room(self, channel: str) -> Room:
        return self.rooms.setdefault(channel, Room())

    @property
    def stale(self) -> list[str]:
        """The channels that are to be fetched."""
        return [channel for channel, room in self.rooms.items() if room.stale]

    @property
    def settled(self) -> bool:
        """Whether each channel was joined, and fetched where it had to be."""
        return all(room.position and not room.joining and not room.stale for room in self.rooms.values())

    def take(self, entry: Entry) -> None:
        """Read on."""
        match entry:
            case {"asked": channel}:
                self.room(channel).joining = True
            case {"joined": channel, "data": data}:
                self._take_joined(self.room(channel), data)
            case {"fetched": channel, "lapse": lapse, "shown": shown}:
                self._take_fetched(channel, lapse, shown)
            case {"closed": code}:
                self.closes.append(code)
            case {"frame": frame}:
                self._take_frame(frame)

    def _take_frame(self, frame: Frame) -> None:
        match frame:
            case {"type": "connected", "data": {"channels": channels}}:
                for standing in channels:
                    self._take_standing(standing["channel"], Position(standing["seq"], standing["epoch"]))
            case {"type": "reset", "data": {"channel": channel, "seq": seq, "epoch": epoch}}:
                if not self.room(channel).joining:
                    self._take_reset(channel, Position(seq, epoch))
            case {"seq": _, "channel": channel}:
                if not self.room(channel).joining:
                    self.live += 1
                    self._take_event(frame)

    def _take_standing(self, channel: str, here: Position) -> None:
        """The clinic's channel is resumed; the personal one holds nothing that a fetch would not show."""
        room = self.room(channel)
        if not channel.startswith("empresa:"):
            room.position = here
        elif room.position is None:
            self._lapse(room, here)

    def _take_reset(self, channel: str, here: Position) -> None:
        """Of the personal channel and of presence there is nothing to be fetched."""
        if channel.startswith(("empresa:", "conversa:")):
            self._lapse(self.room(channel), here)
        else:
            self.room(channel).position = here

    def _take_joined(self, room: Room, data: Frame) -> None:
        room.joining = False
        here = Position(data["seq"], data["epoch"])
        if not data["recovered"]:
            if data["events"]:
                self._complain(f"a partial replay of {len(data['events'])} at {here}")
            self._lapse(room, here)
            return
        for event in data["events"]:
            self.replayed += 1
            self._take_event(event)
        if room.position != here:
            self._complain(f"the replay ended at {room.position}, the join at {here}")
            room.position = here

    def _lapse(self, room: Room, here: Position) -> None:
        room.position = here
        room.lapses += 1

    def _take_fetched(self, channel: str, lapse: int, shown: list[Frame]) -> None:
        self.refetched += 1
        self.room(channel).fetched = lapse
        for thing in shown:
            if channel.startswith("empresa:"):
                self._take_list_entry(thing["id"], thing["version"])
            else:
                self._take_message(thing)

    def _take_event(self, event: Frame) -> None:
        channel, data = event["channel"], event["data"]
        room, new = self.room(channel), Position(event["seq"], event["epoch"])
        self._follow(channel, room, new)
        self._agree(Place(self.clinic.id, channel, new.epoch, new.seq), event_name(event))
        match event["type"]:
            case "message:new":
                if (new.epoch, data["id"]) in room.announced:
                    self._complain(f"message {data['id']} was new twice")
                room.announced.add((new.epoch, data["id"]))
                self._take_message(data)
            case "message:updated":
                self._take_message(data)
            case "conversation:list:updated":
                self._take_list_entry(data["conversationId"], data["version"])

    def _agree(self, place: Place, name: str) -> None:
        if (first := self._agreed.setdefault(place, name)) != name:
            self._complain(f"{name!r} at {place}, where another saw {first!r}")

    def _follow(self, channel: str, room: Room, new: Position) -> None:
        last = room.position
        if last is None or new.epoch != last.epoch:
            self._complain(f"{channel}: {new} after {last}, without a reset")
        elif new.seq != last.seq + 1:
            self._complain(f"{channel}: {'gap' if new.seq > last.seq else 'repeated'}: {new.seq} after {last.seq}")
        room.position = new

    def _take_message(self, message: Frame) -> None:
        known = self.messages.setdefault(message["conversation_id"], {})
        shown = Shown(message["version"], message["content"], message["status"], message["deleted_at"] is not None)
        known[message["id"]] = max(known.get(message["id"], shown), shown, key=lambda copy: copy.version)

    def _take_list_entry(self, conversation: str, version: int) -> None:
        self.entries[conversation] = max(self.entries.get(conversation, version), version)

    def _complain(self, what: str) -> None:
        if len(self.complaints) < MOST_COMPLAINTS:
            self.complaints.append(f"{self.agent}: {what}")
