"""What was to be reached, what was, and whether that is enough: the table at the top of the page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.receiver_contestants import LIMIT, OURS, PEERS
from tests.bench.results import Results

NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Aim:
    """A bound for one figure that is read out of a part's results; at least so much, or (`most`) at most."""

    part: str
    what: str
    bound: float
    reached: Callable[[Mapping[str, Any]], float]
    unit: str = " ×"
    most: bool = False

    def met(self, figure: float) -> bool:
        return figure <= self.bound if self.most else figure >= self.bound

    def distance(self, figure: float) -> float:
        """By which part of the bound the figure misses it; zero where it does not."""
        missing = figure - self.bound if self.most else self.bound - figure
        return max(0.0, missing / self.bound)


def summary(results: Results, aims: Sequence[Aim] | None = None) -> str:
    """The page's section: each aim, what was reached, and by how much it was missed."""
    return "\n".join(
        [
            "## Summary: aims and what was reached",
            "",
            "Each figure is beside the peer that is best at it. A distance is a share of the aim.",
            "",
            "| part | aim | reached | |",
            "|---|---|---:|---|",
            *(_row(aim, results.get(aim.part)) for aim in aims or AIMS),
            "",
        ]
    )


def _row(aim: Aim, part: Mapping[str, Any] | None) -> str:
    bound = f"{'≤' if aim.most else '≥'} {_figure(aim.bound)}{aim.unit}"
    head = f"| {aim.part.replace('_', ' ')} | {aim.what}: {bound} |"
    if part is None:
        return f"{head} | {NOT_MEASURED} |"
    figure = aim.reached(part)
    verdict = "met" if aim.met(figure) else f"**missed by {max(0.01, aim.distance(figure)):.0%}**"
    return f"{head} {_figure(figure)}{aim.unit} | {verdict} |"


def _figure(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if value >= 10 else f"{value:.2f}".rstrip("0").rstrip(".")


def _ratio(part: Mapping[str, Any]) -> float:
    return float(part["ratio_to_best_peer"])


def _ours(part: Mapping[str, Any]) -> float:
    return float(part["ours"])


def _to_limit(part: Mapping[str, Any]) -> float:
    return float(part["ours"] / part["limit"])


def _to_peer(name: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda part: float(part["ours"] / part["peers"][name])


def _receiver_less(key: str) -> Callable[[Mapping[str, Any]], float]:
    """Ours as a share of the least that a peer needs."""

    def reached(part: Mapping[str, Any]) -> float:
        detail = part["detail"]
        return float(detail[OURS.key][key] / min(detail[peer.key][key] for peer in PEERS if peer.key in detail))

    return reached


def _worst_p99(*phases: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda part: float(max(part["detail"][phase]["p99_ms"] for phase in phases))


def _detail(key: str) -> Callable[[Mapping[str, Any]], float]:
    return lambda part: float(part["detail"][key])


AIMS = (
    Aim("receiver", "webhooks/s beside the best peer", 1.2, _ratio),
    Aim("receiver", f"webhooks/s beside {LIMIT.name}", 0.8, _to_limit),
    Aim(
        "receiver",
        "CPU of server and broker a webhook, beside the best peer",
        0.65,
        _receiver_less("cpu_us"),
        most=True,
    ),
    Aim("receiver", "p99 beside the best peer", 0.5, _receiver_less("p99_ms"), most=True),
    Aim("queue", "jobs/s, claim to done, beside the best peer", 1.2, _ratio),
    Aim("pipeline", "events/s beside the best peer", 3, _ratio),
    Aim("pipeline", "events/s on this machine", 5_000, _ours, unit="/s"),
    Aim("pipeline", "events/s beside set-based SQL alone", 0.5, _to_limit),
    Aim(
        "gateway",
        "deliveries per CPU-second, single events, beside Socket.IO",
        2,
        _to_peer("Socket.IO + redis-adapter"),
    ),
    Aim("gateway", "the same beside nchan (C)", 1, _to_peer("nchan (C)")),
    Aim("gateway_burst", "bursts of 20, beside Socket.IO", 5, _to_peer("Socket.IO + redis-adapter")),
    Aim("gateway_burst", "the same beside nchan (C)", 3, _to_peer("nchan (C)")),
    Aim("memory", "an idle connection", 14, _ours, unit=" KiB", most=True),
    Aim("end_to_end", "webhook to agents' sockets, p50", 10, _detail("p50_ms"), unit=" ms", most=True),
    Aim("end_to_end", "the same, p99", 40, _detail("p99_ms"), unit=" ms", most=True),
    Aim("api", "lists and details that hit, p99", 5, _worst_p99("list hit", "detail hit"), unit=" ms", most=True),
    Aim("api", "lists and details that miss, p99", 50, _worst_p99("list miss", "detail miss"), unit=" ms", most=True),
)
