"""How fast this process has answered lately, for people; Prometheus has the whole story."""

from collections import deque
from typing import Any

REMEMBERED = 1000
SERVER_ERROR = 500


class Performance:
    """The last answers of this process."""

    def __init__(self) -> None:
        self._total = 0
        self._recent: deque[tuple[float, bool]] = deque(maxlen=REMEMBERED)

    def record(self, seconds: float, status: int) -> None:
        """Count an answer."""
        self._total += 1
        self._recent.append((seconds, status >= SERVER_ERROR))

    def summary(self) -> dict[str, Any]:
        """Requests since the start; times and the share of failures over the last ones, times in milliseconds."""
        times = sorted(seconds * 1000 for seconds, _ in self._recent)
        failures = sum(failed for _, failed in self._recent)
        return {
            "requests": self._total,
            "avg_response_ms": round(sum(times) / len(times), 3) if times else 0.0,
            "p95_response_ms": round(times[int(len(times) * 0.95)], 3) if times else 0.0,
            "error_rate": round(failures / len(times), 4) if times else 0.0,
        }
