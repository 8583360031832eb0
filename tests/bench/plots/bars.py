"""Bars side by side."""

from collections.abc import Collection, Mapping

from tests.bench.plots.drawing import WIDTH, document, number, rule, text, words_width
from tests.bench.plots.scale import Scale, label, marks

_TOP, _ROW, _THICK, _BOTTOM = 44, 30, 18, 48
_LAST_SERIES = 5


def bar_plot(title: str, value_label: str, bars: Mapping[str, float], *, ours: Collection[str] = ()) -> str:
    """An SVG document with a bar for each name, from zero, its value at its end; those of `ours` in the first colour."""
    across = marks(0.0, max(bars.values(), default=0.0), 6)
    height = _TOP + _ROW * len(bars) + _BOTTOM
    left = 28 + max((words_width(name) for name in bars), default=0.0)
    x = Scale(across[0], across[-1], left, WIDTH - 84)
    foot = height - _BOTTOM + 2
    grid = [
        part
        for mark in across
        for part in (
            rule(x.place(mark), _TOP - 4, x.place(mark), foot),
            text(x.place(mark), foot + 16, label(mark, across), kind="quiet", anchor="middle"),
        )
    ]
    rows = [
        part
        for index, (name, value) in enumerate(bars.items())
        for part in _row(name, value, _TOP + index * _ROW, x, series=0 if name in ours else _LAST_SERIES)
    ]
    words = text((x.begin + x.end) / 2, height - 10, value_label, kind="quiet", anchor="middle")
    return document(title, height, [*grid, *rows, words])


def _row(name: str, value: float, top: float, x: Scale, *, series: int) -> list[str]:
    end = x.place(value)
    return [
        text(x.begin - 10, top + _THICK / 2 + 4, name, anchor="end"),
        f'<rect class="bar s{series}" x="{number(x.begin)}" y="{number(top)}" width="{number(end - x.begin)}"'
        f' height="{_THICK}" rx="2"/>',
        text(end + 8, top + _THICK / 2 + 4, _figure(value)),
    ]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
