"""The page: its head, the summary, and a section for each part with its plots."""

from collections.abc import Sequence
from typing import Any

from tests.bench.receiver_contestants import CONTESTANTS, LIMIT, OURS, PEERS
from tests.bench.results import part

Figures = dict[str, dict[str, float]]


def receiver_part(receivers: Figures) -> dict[str, Any]:
    """A part of results.json."""
    rates = {key: figures["requests_per_second"] for key, figures in receivers.items()}
    return {
        "receiver": part(
            rates[OURS.key],
            "durable webhooks/s",
            peers={peer.name: rates[peer.key] for peer in PEERS},
            limit=rates[LIMIT.key],
            detail=receivers,
        )
    }


def renewed(page: str, machine: dict[str, str], summary: str, sections: Sequence[str]) -> str:
    """docs/benchmarks.md with these sections in place of its own of the same titles, the others as they were."""
    found = {title(section): section for section in _sections(page)} | {title(section): section for section in sections}
    found.pop(title(summary), None)
    return "\n".join([*_head(machine), summary, *found.values()])


def with_section(page: str, section: str) -> str:
    """Another page, with this section in the place of its own of the same title, which it must have."""
    before, mark, rest = page.partition(title(section) + "\n")
    if not mark:
        raise ValueError(f"the page has no section {title(section)!r}")
    _, next_mark, after = rest.partition("\n## ")
    return before + section.rstrip("\n") + "\n" + next_mark + after


def title(section: str) -> str:
    """A section's first words, up to the colon: what follows may say how it was measured."""
    return section.partition("\n")[0].partition(":")[0]


def plot(name: str, words: str) -> str:
    """A line of the page that shows a plot of `drawings`."""
    return f"![{words}](benchmarks/{name}.svg)"


def _sections(page: str) -> list[str]:
    return ["## " + section.rstrip("\n") + "\n" for section in page.split("\n## ")[1:]]


def _head(machine: dict[str, str]) -> list[str]:
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`; run it for figures of your own machine. All contestants of a table run in turn, in",
        "one run, on one machine: ratios carry over to others, absolute figures do not. Where the time goes, and why more",
        "is not to be had, is in [performance.md](performance.md); the figures as JSON are in",
        "[benchmarks/results.json](benchmarks/results.json).",
        "",
        *(f"- {name}: {words}" for name, words in machine.items()),
        "",
    ]


def receiver_section(receivers: Figures, options: dict[str, Any]) -> str:
    """The receiver's figures."""
    return "\n".join(
        [
            "## Receiver: durable 200, 64 connections, one process",
            "",
            "Each answers 200 after the same promise (persistent message, quorum queue, publisher confirm), but for the",
            "last, which promises nothing and is the limit. CPU is user and system time a webhook. Medians of",
            f"{options['rounds']} interleaved rounds of {options['seconds']} s.",
            "",
            *_receiver_table(receivers),
            "",
            *_receiver_words(receivers),
            "",
            plot("receiver", "webhooks/s of each contestant"),
            "",
            plot("receiver-cpu", "CPU of server and broker a webhook"),
            "",
        ]
    )


def _receiver_table(receivers: Figures) -> list[str]:
    rows = [
        f"| {one.name} | {figures['requests_per_second']:,.0f} | {figures['p50_ms']:.1f} ms | {figures['p99_ms']:.1f} ms"
        f" | {figures['server_cpu_us']:.0f} µs | {figures['broker_cpu_us']:.0f} µs | {figures['cpu_us']:.0f} µs |"
        for one, figures in ((one, receivers[one.key]) for one in CONTESTANTS)
    ]
    return [
        "| | webhooks/s | p50 | p99 | server's CPU | broker's CPU | both |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def _receiver_words(receivers: Figures) -> list[str]:
    ours, limit = receivers[OURS.key], receivers[LIMIT.key]
    return [
        f"Against {peer.name}: {ours['requests_per_second'] / theirs['requests_per_second']:.2f} × the webhooks,"
        f" {ours['cpu_us'] / theirs['cpu_us']:.2f} × the CPU, {ours['p99_ms'] / theirs['p99_ms']:.2f} × the p99.  "
        for peer, theirs in ((peer, receivers[peer.key]) for peer in PEERS)
    ] + [f"Against the limit: {ours['requests_per_second'] / limit['requests_per_second']:.2f} × its requests."]
