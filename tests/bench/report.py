"""Figures as a page and as JSON."""

from collections.abc import Sequence
from typing import Any

from tests.bench.receiver import NAMES

Figures = dict[str, dict[str, float]]


def receiver_part(receivers: Figures) -> dict[str, Any]:
    """A part of results.json. A ratio above 1 means better than the best peer."""
    rates = {name: figures["requests_per_second"] for name, figures in receivers.items()}
    return {
        "receiver": {
            "ours": rates["ours"],
            "peers": {NAMES["naive"]: rates["naive"]},
            "ratio_to_best_peer": round(rates["ours"] / rates["naive"], 2),
            "limit": rates["bare"],
            "unit": "durable webhooks/s",
            "detail": receivers,
        }
    }


def end_to_end_part(latencies: dict[str, float]) -> dict[str, Any]:
    """As `receiver_part`; the end-to-end figures have no peers."""
    return {"end_to_end": {"ours": latencies, "peers": {}, "ratio_to_best_peer": None, "limit": None, "unit": "ms"}}


def renewed(page: str, machine: dict[str, str], sections: Sequence[str]) -> str:
    """docs/benchmarks.md with these sections in place of its own of the same titles, the others as they were."""
    found = {title(section): section for section in _sections(page)} | {title(section): section for section in sections}
    return "\n".join([*_head(machine), *found.values()])


def title(section: str) -> str:
    """A section's first words, up to the colon: what follows may say how it was measured."""
    return section.partition("\n")[0].partition(":")[0]


def _sections(page: str) -> list[str]:
    return ["## " + section.rstrip("\n") + "\n" for section in page.split("\n## ")[1:]]


def _head(machine: dict[str, str]) -> list[str]:
    return [
        "# Benchmarks",
        "",
        "Written by `make bench`; run it for figures of your own machine. All contestants of a table run in turn, in",
        "one run, on one machine: ratios carry over to others, absolute figures do not.",
        "",
        *(f"- {name}: {value}" for name, value in machine.items()),
        "",
    ]


def receiver_section(receivers: Figures, options: dict[str, Any]) -> str:
    """The receiver's figures."""
    return "\n".join(
        [
            "## Receiver: durable 200, 64 connections, one process",
            "",
            "Each answers 200 after the same promise (persistent message, quorum queue, publisher confirm), but for the",
            f"last, which promises nothing and is the limit. CPU is user and system time a webhook. {_how(options)}",
            "",
            *_receiver_table(receivers),
            "",
            *_receiver_words(receivers),
            "",
        ]
    )


def end_to_end_section(latencies: dict[str, float], options: dict[str, Any]) -> str:
    """The latencies through the whole product."""
    return "\n".join(
        [
            "## From the POST to agents' sockets",
            "",
            f"{options['rate']} webhooks/s over {options['clinics']} clinics with {options['agents']} sockets each,"
            " open-loop, through receiver, RabbitMQ, worker,",
            "Postgres, Redis and gateway, one process each; the load generator and the sockets' clients share the machine.",
            f"The time is from a webhook's planned moment to each socket's `message:new`. {options['seconds']} s.",
            "",
            "| p50 | p99 | p99.9 |",
            "|---:|---:|---:|",
            f"| {latencies['p50_ms']} ms | {latencies['p99_ms']} ms | {latencies['p999_ms']} ms |",
            "",
        ]
    )


def _how(options: dict[str, Any]) -> str:
    return f"Medians of {options['rounds']} interleaved rounds of {options['seconds']} s."


def _receiver_table(receivers: Figures) -> list[str]:
    rows = [
        f"| {NAMES[name]} | {figures['requests_per_second']:,.0f} | {figures['p50_ms']:.1f} ms | {figures['p99_ms']:.1f} ms"
        f" | {figures['server_cpu_us']:.0f} µs | {figures['broker_cpu_us']:.0f} µs | {figures['cpu_us']:.0f} µs |"
        for name, figures in receivers.items()
    ]
    return [
        "| | webhooks/s | p50 | p99 | receiver CPU | broker CPU | both |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *rows,
    ]


def _receiver_words(receivers: Figures) -> list[str]:
    ours, naive, bare = (receivers[name] for name in ("ours", "naive", "bare"))
    return [
        f"Against one publish a request: {ours['requests_per_second'] / naive['requests_per_second']:.2f} × the webhooks,"
        f" {ours['cpu_us'] / naive['cpu_us']:.2f} × the CPU, {ours['p99_ms'] / naive['p99_ms']:.2f} × the p99.",
        f"Against the limit: {ours['requests_per_second'] / bare['requests_per_second']:.2f} × its requests.",
    ]
