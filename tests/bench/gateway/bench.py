"""One contestant's measurements."""

import asyncio
import statistics
import time
from dataclasses import dataclass

from tests.bench.gateway.clients import Clients
from tests.bench.gateway.contestants import Running
from tests.bench.gateway.frames import moment
from tests.bench.gateway.publishing import Event, Publish
from tests.bench.gateway.scenarios import SOME_STUCK, Group, Scenario
from tests.bench.processes import tree_cpu_seconds, tree_memory_bytes

SETTLE_SECONDS = 1.0
PATIENCE_SECONDS = 20.0
WARM_UP_ROUNDS = 3
# A scenario's cost is taken in so many slices: others on the machine make some of them dearer and none cheaper, so that
# the lower quartile is what the server takes by itself.
SLICES = 8


@dataclass(frozen=True, slots=True)
class Bench:
    """A running server, its clients, and how events reach it. Each scenario takes about `seconds`."""

    server: Running
    clients: Clients
    publish: Publish
    seconds: float

    async def enter(self, group: Group, stuck_every: int = 0) -> dict[str, float]:
        """A client for each place in the group's rooms; what that costs the server."""
        rooms = [room for room in group.numbers for _ in range(group.size)]
        memory, cpu = self._memory(), self._cpu()
        await self.clients.told("connect", rooms=rooms, stuck_every=stuck_every)
        handshakes = self._cpu() - cpu
        await self.clients.told("join")
        for _ in range(WARM_UP_ROUNDS):
            await self._warm_up(group, len(rooms))
        await asyncio.sleep(SETTLE_SECONDS)
        return {
            "handshake_cpu_us": handshakes / len(rooms) * 1e6,
            "memory_bytes": (self._memory() - memory) / len(rooms),
        }

    async def _warm_up(self, group: Group, expected: int) -> None:
        """Until an event reaches everybody: some join a moment after they were told that they have, and some are slow."""
        for seconds in range(1, 11):
            await self.publish([Event(room, moment(time.monotonic()), "x") for room in group.numbers])
            told = await self.clients.told("expect", count=expected, seconds=float(seconds))
            await self.clients.told("times")
            if told["arrived"] >= expected:
                return
        raise RuntimeError(f"of {expected} sockets not all joined: {told}")

    async def run(self, scenario: Scenario, missing: int = 0) -> dict[str, float]:
        """Events at their planned moments. `missing` clients of each room do not read."""
        slices = min(SLICES, max(1, round(self.seconds * scenario.per_second)))
        bursts = max(1, round(self.seconds * scenario.per_second / slices))
        expected = bursts * scenario.burst * (scenario.group.size - missing)
        costs, lost = [], 0
        for _ in range(slices):
            cpu = self._cpu()
            arrived = await self._slice(scenario, bursts, expected)
            costs.append((self._cpu() - cpu) / max(1, arrived) * 1e6)
            lost += expected - arrived
        times = await self.clients.told("times")
        return {
            f"{scenario.key}_cpu_us": _lower_quartile(costs),
            f"{scenario.key}_p50_ms": times["p50_ms"],
            f"{scenario.key}_p99_ms": times["p99_ms"],
            f"{scenario.key}_missing": lost,
        }

    async def _slice(self, scenario: Scenario, bursts: int, expected: int) -> int:
        patience = bursts / scenario.per_second + PATIENCE_SECONDS
        waiting = asyncio.create_task(self.clients.told("expect", count=expected, seconds=patience))
        await self._open_loop(scenario, bursts)
        return int((await waiting)["arrived"])

    async def _open_loop(self, scenario: Scenario, bursts: int) -> None:
        """What is due goes out together, and each event's time counts from when it was to go, however late that was.

        A room's next event is never made to share a moment with the last one because this process was held up.
        """
        started = time.monotonic() + 0.05
        rooms, text, number = scenario.group.numbers, "x" * scenario.text, 0
        most, gap = scenario.burst * len(rooms), len(rooms) / scenario.per_second / 4
        while number < bursts:
            await asyncio.sleep(started + number / scenario.per_second - time.monotonic())
            due: list[Event] = []
            while len(due) < most and number < bursts:
                planned = started + number / scenario.per_second
                if planned > time.monotonic():
                    break
                due += [Event(rooms[number % len(rooms)], moment(planned), text)] * scenario.burst
                number += 1
            await self.publish(due)
            await asyncio.sleep(len(due) / most * gap)

    async def run_with_stuck(self) -> dict[str, float]:
        """Some clients stop reading: what the others notice, and what becomes of those."""
        stuck = (await self.clients.told("stick"))["stuck"]
        memory = self._memory()
        figures = await self.run(SOME_STUCK, missing=stuck)
        memory = self._memory() - memory
        ended = await self.clients.told("unstick")
        return figures | {"stuck_bytes": memory / stuck, "stuck_cut_off": ended["cut_off"] / stuck}

    def _cpu(self) -> float:
        return sum(map(tree_cpu_seconds, self.server.pids))

    def _memory(self) -> int:
        return sum(map(tree_memory_bytes, self.server.pids))


def _lower_quartile(values: list[float]) -> float:
    return statistics.quantiles(values, n=4, method="inclusive")[0] if len(values) > 1 else values[0]
