"""Signs of life."""

from hypothesis import given
from hypothesis import strategies as st

from services.realtime_gateway.connections.keepalive import SPOKES, Keepalive

INTERVAL, TIMEOUT = 16.0, 20.0


class Client:
    """Answers pings at once, until it is gone."""

    def __init__(self) -> None:
        self.heard = self.now = -1.0
        self.gone = False
        self.pings: list[float] = []
        self.ended: float | None = None

    def ping(self, now: float) -> None:
        self.pings.append(now)
        if not self.gone:
            self.heard = now

    def cut_off(self, parting: str) -> None:
        assert parting == "silent"
        self.ended = self.now if self.ended is None else self.ended


def turn(keepalive: Keepalive[Client], clients: list[Client], start: int, ticks: int) -> None:
    for tick in range(start, start + ticks):
        now = tick * keepalive.tick_seconds
        for client in clients:
            client.now = now
        keepalive.tick(now)


@given(st.integers(0, 40), st.integers(0, 60))
def test_silent_client_is_ended_in_time(arrival: int, life: int) -> None:
    """Whenever a client comes and goes silent, it is ended a timeout after the first ping that it does not answer."""
    keepalive: Keepalive[Client] = Keepalive(INTERVAL, TIMEOUT)
    dead, alive = Client(), Client()
    keepalive.add(alive)
    turn(keepalive, [dead, alive], 0, arrival)
    keepalive.add(dead)
    turn(keepalive, [dead, alive], arrival, life)
    dead.gone, silent_since = True, (arrival + life) * keepalive.tick_seconds
    turn(keepalive, [dead, alive], arrival + life, 4 * SPOKES)

    assert dead.ended is not None
    first_unanswered = min(ping for ping in dead.pings if ping >= silent_since)
    assert dead.ended - first_unanswered == TIMEOUT
    assert first_unanswered - silent_since <= INTERVAL
    assert alive.ended is None


def test_each_is_pinged_once_an_interval() -> None:
    """Pings come evenly, whenever the client arrived."""
    keepalive: Keepalive[Client] = Keepalive(INTERVAL, TIMEOUT)
    clients = [Client() for _ in range(SPOKES * 2)]
    for index, client in enumerate(clients):
        keepalive.add(client)
        turn(keepalive, clients, index, 1)
    turn(keepalive, clients, len(clients), SPOKES * 4)

    for client in clients:
        gaps = {after - before for before, after in zip(client.pings, client.pings[1:], strict=False)}
        assert gaps == {INTERVAL}


def test_who_left_is_not_ended() -> None:
    """A connection that is gone is neither pinged nor ended, and nothing remembers it."""
    keepalive: Keepalive[Client] = Keepalive(INTERVAL, TIMEOUT)
    client = Client()
    client.gone = True
    keepalive.add(client)
    turn(keepalive, [client], 0, SPOKES + 2)
    asked = len(client.pings)
    assert asked

    keepalive.discard(client)
    keepalive.discard(client)
    turn(keepalive, [client], SPOKES + 2, 4 * SPOKES)

    assert len(client.pings) == asked
    assert client.ended is None
    assert len(keepalive) == 0
