"""Plots as SVG documents: pure functions, no library; the same figures give the same bytes."""

from tests.bench.plots.bars import bar_plot
from tests.bench.plots.lines import line_plot

__all__ = ["bar_plot", "line_plot"]
