"""What every plot is drawn with: the page, its colours in light and dark, words and strokes."""

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

WIDTH = 760
FONT_SIZE = 12
# A letter's mean width in the sans-serif fonts that systems have; an estimate, since nothing measures text here.
LETTER = 0.56 * FONT_SIZE

# In the order in which series take them. Told apart by those who see few colours too, and by their dashes.
LIGHT = ("#0b62c4", "#b4530a", "#0b7d5c", "#7b45c9", "#b02a5b", "#566270")
DARK = ("#6cb0ff", "#f2a35e", "#4fcfa5", "#bd9bff", "#ff8fb1", "#a9b4c0")
DASHES = ("", "10 3", "4 2", "10 3 3 3", "16 4", "2 4")

SURFACE = {"light": "#ffffff", "dark": "#14181d"}
INK = {"light": "#1b1f24", "dark": "#e6eaee"}
QUIET = {"light": "#59636e", "dark": "#9aa5b1"}
_RULE = {"light": "#d9dee4", "dark": "#313944"}


def document(title: str, height: float, body: Iterable[str]) -> str:
    """The whole SVG; its own surface is below everything, so that it is read on a page of any colour."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {number(height)}" role="img"'
            f' aria-label={quoteattr(title)} font-family="system-ui, sans-serif" font-size="{FONT_SIZE}">',
            f"<title>{escape(title)}</title>",
            f"<style>{_style()}</style>",
            '<rect class="surface" width="100%" height="100%" rx="6"/>',
            text(16, 24, title, kind="title"),
            *body,
            "</svg>",
            "",
        ]
    )


def text(x: float, y: float, words: str, *, kind: str = "ink", anchor: str = "start", turn: int = 0) -> str:
    """Words with their first, middle or last letter (`anchor`) at a place, turned by so many degrees."""
    turned = f' transform="rotate({turn} {number(x)} {number(y)})"' if turn else ""
    return f'<text class="{kind}" x="{number(x)}" y="{number(y)}" text-anchor="{anchor}"{turned}>{escape(words)}</text>'


def rule(x1: float, y1: float, x2: float, y2: float) -> str:
    """A thin line behind the figures."""
    return f'<line class="rule" x1="{number(x1)}" y1="{number(y1)}" x2="{number(x2)}" y2="{number(y2)}"/>'


def number(value: float) -> str:
    """A coordinate, to a tenth of a pixel, and without a decimal that says nothing."""
    return f"{value:.1f}".removesuffix(".0")


def words_width(words: str) -> float:
    """About how many pixels words take."""
    return len(words) * LETTER


def _style() -> str:
    return (
        ".title{font-size:15px;font-weight:600}.line{fill:none;stroke-width:1.8;stroke-linejoin:round}"
        + _colours("light", LIGHT)
        + "@media(prefers-color-scheme:dark){"
        + _colours("dark", DARK)
        + "}"
    )


def _colours(theme: str, series: tuple[str, ...]) -> str:
    of_series = "".join(
        f".line.s{index}{{stroke:{colour}}}.bar.s{index},.dot.s{index}{{fill:{colour}}}"
        for index, colour in enumerate(series)
    )
    return (
        f".surface{{fill:{SURFACE[theme]}}}.ink,.title{{fill:{INK[theme]}}}.quiet{{fill:{QUIET[theme]}}}"
        f".rule{{stroke:{_RULE[theme]}}}{of_series}"
    )
