"""The page's plots, drawn from the results; a plot whose part is missing is not drawn."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.bench.gateway import contestants as gateway
from tests.bench.plots import bar_plot, line_plot
from tests.bench.receiver_contestants import CONTESTANTS, OURS
from tests.bench.results import Results

Part = Mapping[str, Any]


def drawings(results: Results) -> dict[str, str]:
    """SVG documents by file name."""
    return {f"{name}.svg": draw(results[part]) for name, (part, draw) in _DRAWINGS.items() if part in results}


def _receiver(key: str, title: str, words: str) -> Callable[[Part], str]:
    def draw(part: Part) -> str:
        bars = {one.name: part["detail"][one.key][key] for one in CONTESTANTS if one.key in part["detail"]}
        return bar_plot(title, words, bars, ours=[OURS.name])

    return draw


def _best_of_two(rate: str, title: str) -> Callable[[Part], str]:
    """Each with as many processes as suit it."""

    def draw(part: Part) -> str:
        bars = {name: max(one[rate] for one in of_one.values()) for name, of_one in part["detail"].items()}
        return bar_plot(title, part["unit"], bars, ours=[name for name in bars if name.startswith("Prosa")])

    return draw


def _beside_peers(title: str) -> Callable[[Part], str]:
    return lambda part: bar_plot(
        title, part["unit"], {gateway.OURS: part["ours"], **part["peers"]}, ours=[gateway.OURS]
    )


def _end_to_end(part: Part) -> str:
    series = part["detail"]["by_second"]
    lines = {name: [(second, row[name]) for second, row in enumerate(series)] for name in ("p50", "p99")}
    return line_plot("From the POST to agents' sockets", "second", "ms", lines)


def _api(part: Part) -> str:
    bars = {phase: one["p99_ms"] for phase, one in part["detail"].items() if "p99_ms" in one}
    return bar_plot("Lists and details of a large clinic: p99 at the server", "ms", bars, ours=list(bars))


def _soak(part: Part) -> str:
    samples = part["detail"]
    lines = {name: [(one["minute"], one[f"{name}_ms"]) for one in samples] for name in ("p50", "p99")}
    return line_plot("The gateway's soak: from publishing to sockets", "minute", "ms", lines)


def _soak_memory(part: Part) -> str:
    points = [(one["minute"], one["memory_bytes"] / 2**20) for one in part["detail"]]
    return line_plot("The gateway's soak: memory of both processes", "minute", "MiB", {"memory": points})


def _hour(title: str, unit: str, lines_of: Callable[[Part], Mapping[str, float]]) -> Callable[[Part], str]:
    def draw(part: Part) -> str:
        samples = part["detail"]["samples"]
        names = lines_of(samples[0])
        lines = {name: [(one["minute"], lines_of(one)[name]) for one in samples] for name in names}
        return line_plot(f"An hour of the whole product: {title}", "minute", unit, lines)

    return draw


def _hour_memory(sample: Part) -> Mapping[str, float]:
    return {name: size / 2**20 for name, size in sample["memory"].items()}


def _hour_waiting(sample: Part) -> Mapping[str, float]:
    return {"queue and outbox": sample["waiting"], "connections to Postgres": sample["sessions"]}


def _hour_tables(sample: Part) -> Mapping[str, float]:
    return {name: size / 2**20 for name, size in sample["working_tables"].items()}


def _hour_latency(sample: Part) -> Mapping[str, float]:
    return {"p50": sample["p50_ms"], "p99": sample["p99_ms"]}


_DRAWINGS: dict[str, tuple[str, Callable[[Part], str]]] = {
    "receiver": ("receiver", _receiver("requests_per_second", "Receiver: durable webhooks", "webhooks/s, one process")),
    "receiver-cpu": (
        "receiver",
        _receiver("cpu_us", "Receiver: what a webhook costs server and broker", "µs of CPU a webhook, less is better"),
    ),
    "queue": ("queue", _best_of_two("jobs_per_second", "The queue alone")),
    "pipeline": ("pipeline", _best_of_two("events_per_second", "From AMQP to stored effects and a published event")),
    "gateway": ("gateway", _beside_peers("Gateway: single events")),
    "gateway-bursts": ("gateway_burst", _beside_peers("Gateway: bursts of 20")),
    "memory": ("memory", _beside_peers("Gateway: memory of an idle connection")),
    "end-to-end": ("end_to_end", _end_to_end),
    "api": ("api", _api),
    "soak": ("gateway_soak", _soak),
    "soak-memory": ("gateway_soak", _soak_memory),
    "hour": ("hour", _hour("from the POST to agents' sockets", "ms", _hour_latency)),
    "hour-memory": ("hour", _hour("memory of each process", "MiB", _hour_memory)),
    "hour-tables": ("hour", _hour("tables that hold work, not history", "MiB", _hour_tables)),
    "hour-waiting": ("hour", _hour("rows that wait, and connections", "", _hour_waiting)),
}
