"""Axes: where the marks stand, how they are written, and where a value comes to lie."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` over the pixels from `begin` to `end`."""

    low: float
    high: float
    begin: float
    end: float

    def place(self, value: float) -> float:
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)


def marks(low: float, high: float, most: int) -> list[float]:
    """Round values, evenly apart, that reach from at most `low` to at least `high`; about `most` of them."""
    step = _round_step((high - low) / max(1, most - 1) or 1.0)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(index * step, 12) for index in range(first, max(last, first + 1) + 1)]


def label(value: float, of: Sequence[float]) -> str:
    """A mark as it is read, with the decimals that tell it from its neighbours."""
    step = of[1] - of[0]
    decimals = next((places for places in range(13) if math.isclose(round(step, places), step, rel_tol=1e-9)), 12)
    return f"{value:,.{decimals}f}"


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in _STEPS if step * power >= least * (1 - 1e-9))
