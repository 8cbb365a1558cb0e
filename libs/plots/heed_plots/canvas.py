"""Canvas, style and colours of all plots.

No state of pyplot: a figure belongs to the request that draws it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter

from heed_plots.labels import fit_label, is_wide, shown_width, without_controls

FONT = Path(__file__).parent / "fonts" / "HeedSansSC-Regular.otf"
FONT_NAME, BOLD_WEIGHT = "Heed Sans SC", 700
EMPTY_HEIGHT = 2.8
MISSING_GLYPH = "▯"
"""Drawn for a character that no font has, such as most emoji."""
TEXT_COLOR, MUTED_COLOR, LINE_COLOR, BACKGROUND_COLOR = "#1c2530", "#66707c", "#d9dde2", "#ffffff"
TIERS: Mapping[str, str] = {"A": "#0b3c5d", "B": "#2f79ad", "C": "#8fbbd9", "D": "#d3d7dc", "new": "#eceef0"}
BANDS: Mapping[str, str] = {"critical": "#7a1420", "high": "#c4473a", "elevated": "#eb9c78", "low": "#f3d9c9"}
MOVEMENTS: Mapping[str, str] = {"lost": "#9b2226", "won": "#2a9d8f", "kept": "#c9ced6"}
STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", FONT_NAME],
    "font.size": 10,
    "text.color": TEXT_COLOR,
    "axes.labelcolor": MUTED_COLOR,
    "axes.edgecolor": LINE_COLOR,
    "xtick.color": MUTED_COLOR,
    "ytick.color": TEXT_COLOR,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "heed",
    "svg.fonttype": "path",
    # A dollar sign in the name of a product begins no formula.
    "text.parse_math": False,
}
TITLE, SUBTITLE, EMPTY = ((15.0, 70), (12.5, 84)), ((10.5, 112), (9.0, 130)), ((12.0, 90),)
NOTE = ((8.5, 136), (7.5, 155))
"""Sizes of a text with the width of a line in Latin letters: what does not fit into the last one is wrapped."""
RENDER_LOCK = Lock()
"""Settings and fonts of matplotlib are global to the process."""


@contextmanager
def drawing(make: Callable[[], Figure]) -> Iterator[Figure]:
    """Make the figure in the style of Heed, ready to be drawn. One at a time."""
    with RENDER_LOCK, mpl.rc_context(STYLE):
        _register_font()
        figure = make()
        _replace_missing_glyphs(figure)
        yield figure


def render(make: Callable[[], Figure], kind: Literal["png", "svg"]) -> bytes:
    """Return the figure as a file, drawn with the style of Heed; the same report gives the same bytes."""
    with drawing(make) as figure:
        file = BytesIO()
        title = " ".join(figure.texts[0].get_text().split()) if figure.texts else ""
        unset = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        figure.savefig(file, format=kind, dpi=144, facecolor=BACKGROUND_COLOR, metadata={"Title": title, **unset})
        return file.getvalue()


def new_figure(title: str, subtitle: str, note: str = "", *, height: float = 5.6) -> Figure:
    """Return a slide of ten inches with the finding as its title, a subtitle, and a footnote on the method."""
    figure = Figure(figsize=(10, height))
    heading = _add_text(figure, title, TITLE, from_top=(0.42, 0.37), color=TEXT_COLOR, fontweight="bold")
    if any(is_wide(character) for character in title):
        # Our Chinese font has one weight: a heading gets its strength from an outline, digits and characters alike.
        heading.set(fontweight="normal", path_effects=[withStroke(linewidth=0.9, foreground=TEXT_COLOR)])
    _add_text(figure, subtitle, SUBTITLE, from_top=(0.75, 0.82), color=MUTED_COLOR)
    _add_text(figure, note, NOTE, from_top=(height - 0.2, height - 0.23), color=MUTED_COLOR)
    return figure


def empty_figure(title: str, subtitle: str, advice: str) -> Figure:
    """Return a slide without axes: there is nothing to draw, and a sentence names what to do."""
    figure = new_figure(title, subtitle, height=EMPTY_HEIGHT)
    figure.add_artist(
        mpl.lines.Line2D([0.04, 0.04], [0.24, 0.6], color=LINE_COLOR, linewidth=4, transform=figure.transFigure)
    )
    size, width = EMPTY[0]
    text = fit_label(advice, width=width, lines=4)
    figure.text(0.06, 0.42, text, fontsize=size, color=TEXT_COLOR, va="center", linespacing=1.6)
    return figure


def _add_text(
    figure: Figure,
    text: str,
    sizes: tuple[tuple[float, int], ...],
    *,
    from_top: tuple[float, float],
    color: str,
    fontweight: str = "normal",
) -> Text:
    """Add a text in the largest size in which it fits into a line, else in two lines of the smallest.

    `from_top` is the distance of its middle from the top in inches: of one line, and of two.
    """
    size, width = next((pair for pair in sizes if shown_width(text) <= pair[1]), sizes[-1])
    fitted = fit_label(text, width=width, lines=2)
    y = 1 - from_top["\n" in fitted] / figure.get_figheight()
    return figure.text(0.04, y, fitted, fontsize=size, color=color, fontweight=fontweight, va="center")


def _replace_missing_glyphs(figure: Figure) -> None:
    """Replace what no font has in all texts, the labels of ticks included."""
    for artist in figure.findobj(Text):
        artist.set_text(_drawable(artist.get_text()))
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, FuncFormatter):  # which is what `set_ticks` makes of labels
            axis.set_major_formatter(FuncFormatter(partial(_drawable_label, formatter)))


def _drawable_label(formatter: FuncFormatter, value: float, position: int | None = None) -> str:
    return _drawable(formatter(value, position))


def _drawable(text: str) -> str:
    known = _glyphs()
    return "".join(
        character if character == "\n" or ord(character) in known else MISSING_GLYPH
        for character in without_controls(text)
    )


def strip_axes(axes: Axes) -> Axes:
    """Remove frame and ticks: labels are placed next to the marks they name."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    return axes


def contrast_color(colour: str) -> str:
    """Return the text colour that is legible on that background."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return TEXT_COLOR if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else BACKGROUND_COLOR


@cache
def _register_font() -> None:
    fontManager.addfont(FONT)
    regular = fontManager.ttflist[-1]
    assert regular.name == FONT_NAME  # noqa: S101 - the name that STYLE requests
    fontManager.ttflist.append(replace(regular, weight=BOLD_WEIGHT))


@cache
def _glyphs() -> frozenset[int]:
    latin = findfont(FontProperties(family="DejaVu Sans"))
    return frozenset(FT2Font(latin).get_charmap()) | frozenset(FT2Font(FONT).get_charmap())
