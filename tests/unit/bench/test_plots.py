"""Plots: every point is on the page, the marks are round, and both themes can be read."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bench.plots import bar_plot, line_plot
from tests.bench.plots.drawing import DARK, INK, LIGHT, QUIET, SURFACE, WIDTH
from tests.bench.plots.scale import label, marks

SVG = "{http://www.w3.org/2000/svg}"
VALUES = st.floats(min_value=-1e9, max_value=1e9).filter(lambda value: value == 0 or abs(value) > 1e-6)
POINTS = st.lists(st.tuples(VALUES, VALUES), max_size=6)
LINES = st.dictionaries(st.sampled_from(["p50", "p99", "<memory>", "a & b"]), POINTS)


@settings(max_examples=25)
@given(LINES)
def test_every_point_of_every_line_lies_between_the_axes(series: dict[str, list[tuple[float, float]]]) -> None:
    """However the values lie, their places are within the page, below the legend and above the marks."""
    drawn = _parsed(line_plot("title", "minutes", "ms", series))

    lines = drawn.findall(f"{SVG}polyline")
    places = [tuple(map(float, place.split(","))) for line in lines for place in line.attrib["points"].split()]
    assert len(places) == sum(map(len, series.values()))
    assert all(0 < x < WIDTH and 60 < y < 300 for x, y in places)


@settings(max_examples=50)
@given(VALUES, VALUES, st.integers(min_value=2, max_value=12))
def test_marks_enclose_what_they_mark_evenly_and_read_differently(one: float, other: float, most: int) -> None:
    """The first is not above the lowest value, the last not below the highest, and no two have the same label."""
    low, high = sorted((one, other))

    found = marks(low, high, most)

    slack = (found[1] - found[0]) * 1e-6
    assert found[0] <= low + slack
    assert found[-1] >= high - slack
    assert 2 <= len(found) <= most + 2
    assert len({label(mark, found) for mark in found}) == len(found)
    assert len({round((after - before) / (found[1] - found[0]), 3) for before, after in pairwise(found)}) == 1


def test_higher_values_stand_higher_and_later_ones_further_right() -> None:
    """Up is more, right is later."""
    drawn = _parsed(line_plot("t", "x", "y", {"a": [(0, 1), (5, 2), (10, 8)]}))

    points = drawn.findall(f"{SVG}polyline")[-1].attrib["points"].split()
    xs, ys = zip(*(map(float, point.split(",")) for point in points), strict=True)
    assert list(xs) == sorted(xs)
    assert list(ys) == sorted(ys, reverse=True)


def test_bars_are_as_long_as_their_values_and_ours_has_its_own_colour() -> None:
    """A bar of twice the value is twice as long, and only ours is in the first colour."""
    drawn = _parsed(bar_plot("t", "events/s", {"ours": 200.0, "peer": 100.0, "none": 0.0}, ours=["ours"]))

    bars = [bar for bar in drawn.findall(f"{SVG}rect") if "bar" in bar.attrib["class"]]
    ours, peer, none = (float(bar.attrib["width"]) for bar in bars)
    assert ours == pytest.approx(2 * peer, abs=0.2)
    assert none == 0
    assert ["s0" in bar.attrib["class"] for bar in bars] == [True, False, False]


def test_words_are_shown_as_they_are() -> None:
    """A name with the signs of markup is text, in the title, the legend and beside a bar."""
    words = 'a < b & "c"'

    for drawn in (line_plot(words, words, words, {words: [(0, 1)]}), bar_plot(words, words, {words: 1.0})):
        shown = [element.text for element in _parsed(drawn).findall(f"{SVG}text")]
        assert shown.count(words) == (4 if "polyline" in drawn else 3)


def test_more_series_than_colours_are_refused() -> None:
    """Two lines of one colour could not be told apart."""
    with pytest.raises(ValueError, match="at most 6 series"):
        line_plot("t", "x", "y", {str(index): [(0, 1)] for index in range(7)})


@pytest.mark.parametrize(("theme", "series"), [("light", LIGHT), ("dark", DARK)])
def test_colours_are_read_on_their_surface(theme: str, series: tuple[str, ...]) -> None:
    """WCAG: 4.5 for words, 3 for graphics."""
    assert all(_contrast(colour, SURFACE[theme]) >= 3 for colour in series)
    assert _contrast(INK[theme], SURFACE[theme]) >= 4.5
    assert _contrast(QUIET[theme], SURFACE[theme]) >= 4.5


def _parsed(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)  # noqa: S314 - drawn here


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
