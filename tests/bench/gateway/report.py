"""The gateway's figures as a section of the page and as parts of results.json."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.bench.gateway.contestants import NCHAN, OURS, SOCKETIO
from tests.bench.gateway.measure import Figures
from tests.bench.gateway.scenarios import (
    ALL_READ,
    BURST,
    BURSTS,
    HUNDREDS,
    SINGLES,
    SOME_STUCK,
    STUCK,
    TENS,
    THOUSANDS,
    Scenario,
)
from tests.bench.report import plot
from tests.bench.results import part


def gateway_parts(figures: Figures, send_cpu_us: float) -> dict[str, Any]:
    """Parts of results.json. The limit of single events is the kernel's work for one send a delivery."""
    unit = "deliveries per CPU-second, over rooms of 10, 500 and 5,000"
    memory = {name: round(one["memory_bytes"] / 1024, 1) for name, one in figures.items()}
    singles, bursts = ({name: round(_rate(one, group)) for name, one in figures.items()} for group in (SINGLES, BURSTS))
    return {
        "gateway": part(singles[OURS], unit, peers=_peers(singles), limit=round(1e6 / send_cpu_us), detail=figures),
        "gateway_burst": part(bursts[OURS], unit, peers=_peers(bursts)),
        "memory": part(memory[OURS], "KiB an idle connection", peers=_peers(memory), better="less"),
    }


def _peers(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: figure for name, figure in figures.items() if name != OURS}


def gateway_section(figures: Figures, options: dict[str, Any]) -> str:
    """The tables and what they say."""
    return "\n".join(
        [
            "## The gateway: what a delivery costs, beside others",
            "",
            *_how(options),
            "",
            *_costs("Single events", figures, SINGLES),
            "",
            *_costs(f"Bursts of {BURST}", figures, BURSTS),
            "",
            *_words(figures),
            "",
            plot("gateway", "deliveries per CPU-second, single events"),
            "",
            plot("gateway-bursts", "deliveries per CPU-second, bursts"),
            "",
            "### Sockets: opening one, keeping one, and those that are not read",
            "",
            f"One client in a hundred stops reading; the others are {STUCK.size - STUCK.size // 100} in one room,"
            f" {ALL_READ.per_second:g} events/s of {ALL_READ.text // 1000} kB.",
            "",
            *_sockets(figures),
            "",
            plot("memory", "KiB an idle connection"),
            "",
        ]
    )


def _how(options: dict[str, Any]) -> list[str]:
    scaled = f", the larger ones scaled by {options['scale']}" if options["scale"] != 1 else ""
    return [
        "Each server does the same job in one process on a processor of its own: events of a room, published from outside,",
        "to every socket in it, uncompressed, some 300 bytes each. All get them through the same Redis, but for nchan, which",
        "gets them by HTTP over one connection and keeps them in its own memory. Ours also verifies a token and asks for the",
        "right to join with each socket, numbers every event, and keeps it for those who resume. Clients, Redis and the",
        "publisher share the other processor. Events go out at a steady rate that all keep up with; times count from the",
        "planned moment. CPU is all the server's time on a processor, kernel included, in µs a delivery, by the lower",
        f"quartile of slices. Prosa, Socket.IO and nchan: medians of up to {options['rounds']} interleaved rounds; the others"
        " once.",
        f"One room of {THOUSANDS.size:,}, one of {HUNDREDS.size}, {TENS.rooms} of 10{scaled}.",
    ]


def _rate(one: dict[str, float], scenarios: Sequence[Scenario]) -> float:
    """Deliveries per CPU-second where each size of room has as many of them."""
    return len(scenarios) / sum(one[f"{scenario.key}_cpu_us"] for scenario in scenarios) * 1e6


def _costs(title: str, figures: Figures, scenarios: Sequence[Scenario]) -> list[str]:
    rows = [
        f"| {name} | "
        + " | ".join(
            f"{one[f'{key}_cpu_us']:.1f} µs | {one[f'{key}_p50_ms']:.1f} / {one[f'{key}_p99_ms']:.1f} ms"
            for key in (scenario.key for scenario in scenarios)
        )
        + f" | {_rate(one, scenarios):,.0f} |"
        for name, one in figures.items()
    ]
    heads = " | ".join(f"rooms of {scenario.group.size:,} | p50 / p99" for scenario in scenarios)
    return [
        f"| {title} | {heads} | deliveries per CPU-second |",
        "|---" + "|---:" * (2 * len(scenarios) + 1) + "|",
        *rows,
    ]


def _words(figures: Figures) -> list[str]:
    ours = figures[OURS]
    lines = [
        f"Deliveries per CPU-second, ours against {peer}: single events"
        f" {_rate(ours, SINGLES) / _rate(figures[peer], SINGLES):.2f} ×, bursts"
        f" {_rate(ours, BURSTS) / _rate(figures[peer], BURSTS):.2f} ×."
        for peer in (SOCKETIO, NCHAN)
    ]
    missing = {
        name: sum(one[f"{scenario.key}_missing"] for scenario in (*SINGLES, *BURSTS, ALL_READ, SOME_STUCK))
        for name, one in figures.items()
    }
    lost = [f"{name} {count:,.0f}" for name, count in missing.items() if count]
    return [*lines, f"Deliveries that never came: {', '.join(lost) or 'none'}."]


def _sockets(figures: Figures) -> list[str]:
    rows = [
        f"| {name} | {one['handshake_cpu_us']:.0f} µs | {one['memory_bytes'] / 1024:.1f} KiB"
        f" | {one['all_read_p99_ms']:.1f} ms | {one['some_stuck_p99_ms']:.1f} ms | {one['stuck_bytes'] / 2**20:.1f} MiB"
        f" | {one['stuck_cut_off']:.0%} |"
        for name, one in figures.items()
    ]
    return [
        "| | CPU a handshake | memory an idle socket | p99, all read | p99, 1 % do not | kept for each that does not"
        " | cut off |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]
