"""The form of results.json: one figure of ours a part, those of the others, and how many times better ours is."""

from collections.abc import Mapping
from typing import Any, Literal

# Those that every run without arguments fills. Others may stand beside them, in the same form.
PARTS = ("receiver", "queue", "pipeline", "gateway", "gateway_burst", "memory", "end_to_end", "api")

Results = dict[str, dict[str, Any]]


def part(
    ours: float,
    unit: str,
    *,
    peers: Mapping[str, float] | None = None,
    better: Literal["more", "less"] = "more",
    limit: float | None = None,
    detail: Any = None,
) -> dict[str, Any]:
    """One part. `ratio_to_best_peer` is above 1 where ours is better, whether more or less of the unit is better."""
    others = dict(peers or {})
    return {
        "ours": ours,
        "peers": others,
        "ratio_to_best_peer": _ratio(ours, others, better),
        "limit": limit,
        "unit": unit,
        "detail": detail,
    }


def _ratio(ours: float, peers: Mapping[str, float], better: Literal["more", "less"]) -> float | None:
    if not peers:
        return None
    best = max(peers.values()) if better == "more" else min(peers.values())
    return round(ours / best if better == "more" else best / ours, 2)
