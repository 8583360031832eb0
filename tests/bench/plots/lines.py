"""Lines over time."""

from collections.abc import Mapping, Sequence

from tests.bench.plots.drawing import DASHES, LIGHT, WIDTH, document, number, rule, text, words_width
from tests.bench.plots.scale import Scale, label, marks

Points = Sequence[tuple[float, float]]

_HEIGHT = 340
_TOP, _RIGHT, _BOTTOM = 68, 24, 52
_SWATCH = 28


def line_plot(title: str, x_label: str, y_label: str, series: Mapping[str, Points]) -> str:
    """An SVG document with a line for each series; the vertical axis begins at zero, so that what is flat looks flat."""
    if len(series) > len(LIGHT):
        raise ValueError(f"at most {len(LIGHT)} series can be told apart, not {len(series)}")
    across, up = _axes(list(series.values()))
    left = 44 + max(words_width(label(mark, up)) for mark in up)
    x = Scale(across[0], across[-1], left, WIDTH - _RIGHT)
    y = Scale(up[0], up[-1], _HEIGHT - _BOTTOM, _TOP)
    return document(
        title,
        _HEIGHT,
        [
            *_legend(list(series)),
            *_grid(x, y, across, up),
            text((x.begin + x.end) / 2, _HEIGHT - 12, x_label, kind="quiet", anchor="middle"),
            text(20, (y.begin + y.end) / 2, y_label, kind="quiet", anchor="middle", turn=-90),
            *(_line(index, points, x, y) for index, points in enumerate(series.values())),
        ],
    )


def _axes(lines: Sequence[Points]) -> tuple[list[float], list[float]]:
    xs = [point[0] for points in lines for point in points] or [0.0]
    ys = [0.0, *(point[1] for points in lines for point in points)]
    return marks(min(xs), max(xs), 9), marks(min(ys), max(ys), 6)


def _grid(x: Scale, y: Scale, across: Sequence[float], up: Sequence[float]) -> list[str]:
    rows = [
        part
        for mark in up
        for part in (
            rule(x.begin, y.place(mark), x.end, y.place(mark)),
            text(x.begin - 8, y.place(mark) + 4, label(mark, up), kind="quiet", anchor="end"),
        )
    ]
    columns = [text(x.place(mark), y.begin + 18, label(mark, across), kind="quiet", anchor="middle") for mark in across]
    return rows + columns


def _line(index: int, points: Points, x: Scale, y: Scale) -> str:
    places = " ".join(f"{number(x.place(at))},{number(y.place(value))}" for at, value in points)
    return f'<polyline class="line s{index}"{_dashes(index)} points="{places}"/>'


def _legend(names: Sequence[str]) -> list[str]:
    parts, at = [], 16.0
    for index, name in enumerate(names):
        ends = f'x1="{number(at)}" x2="{number(at + _SWATCH - 6)}" y1="44" y2="44"'
        parts.append(f'<line class="line s{index}"{_dashes(index)} {ends}/>')
        parts.append(text(at + _SWATCH, 48, name))
        at += _SWATCH + words_width(name) + 18
    return parts


def _dashes(index: int) -> str:
    return f' stroke-dasharray="{DASHES[index]}"' if DASHES[index] else ""
