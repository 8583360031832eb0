"""What the cache has done in this process: for Prometheus, and summed for the people who look at /api/metrics."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from services.api import metrics
from services.api.cache.kinds import KINDS, Kind

Source = Literal["memory", "redis", "waited", "database"]


@dataclass
class _Count:
    hits: int = 0
    misses: int = 0
    seconds: float = 0.0


class Statistics:
    """Counts of this process since its start."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, _Count] = defaultdict(_Count)

    def answered(self, kind: Kind, source: Source, seconds: float) -> None:
        """Count an answer and the layers that were asked for it."""
        self._layers(kind, source)
        count = self._counts[kind.name]
        if source == "database":
            count.misses += 1
        else:
            count.hits += 1
        count.seconds += seconds
        metrics.CACHE_ANSWER_DURATION.labels(kind.name, source).observe(seconds)

    def bypassed(self, kind: Kind) -> None:
        """Count a question that Redis did not answer in time: no hit, so a miss."""
        metrics.CACHE_REQUESTS.labels(kind.name, "redis", "bypass").inc()
        self._counts[kind.name].misses += 1

    def summary(self) -> dict[str, dict[str, Any]]:
        """By type, in the words of `/api/metrics`: the rate in percent, the time in milliseconds."""
        return {kind.name: _shown(self._counts[kind.name]) for kind in KINDS}

    def hit_rate(self) -> float:
        """In percent, of all types."""
        hits = sum(count.hits for count in self._counts.values())
        total = hits + sum(count.misses for count in self._counts.values())
        return _percent(hits, total)

    @staticmethod
    def _layers(kind: Kind, source: Source) -> None:
        if source == "memory":
            metrics.CACHE_REQUESTS.labels(kind.name, "memory", "hit").inc()
            return
        metrics.CACHE_REQUESTS.labels(kind.name, "memory", "miss").inc()
        metrics.CACHE_REQUESTS.labels(kind.name, "redis", "miss" if source == "database" else "hit").inc()


def _shown(count: _Count) -> dict[str, Any]:
    total = count.hits + count.misses
    return {
        "hits": count.hits,
        "misses": count.misses,
        "totalRequests": total,
        "hitRate": _percent(count.hits, total),
        "avgResponseTime": round(1000 * count.seconds / total, 3) if total else 0.0,
    }


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 2) if whole else 0.0
