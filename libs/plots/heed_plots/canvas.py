"""Canvas, style and colours of all plots.

No state of pyplot: a figure belongs to the request that draws it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.patheffects import withStroke

FONT = Path(__file__).parent / "fonts" / "HeedSansSC-Regular.otf"
FONT_NAME, BOLD_WEIGHT = "Heed Sans SC", 700
TITLE_SIZE = 15
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
}
RENDER_LOCK = Lock()
"""Settings and fonts of matplotlib are global to the process."""


def render(make: Callable[[], Figure], kind: Literal["png", "svg"]) -> bytes:
    """Return the figure as a file, drawn with the style of Heed; the same report gives the same bytes."""
    with RENDER_LOCK, mpl.rc_context(STYLE):
        _register_font()
        file = BytesIO()
        metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        make().savefig(file, format=kind, dpi=144, facecolor=BACKGROUND_COLOR, metadata=metadata)
        return file.getvalue()


def new_figure(title: str, subtitle: str, note: str = "", *, height: float = 5.6) -> Figure:
    """Return a slide of ten inches with the finding as its title, a subtitle, and a footnote on the method."""
    figure = Figure(figsize=(10, height))
    heading = figure.text(0.04, 1 - 0.42 / height, title, fontsize=_title_size(title), fontweight="bold", va="center")
    if not title.isascii():
        # Our Chinese font has one weight: a heading gets its strength from an outline, digits and characters alike.
        heading.set(fontweight="normal", path_effects=[withStroke(linewidth=0.9, foreground=TEXT_COLOR)])
    figure.text(0.04, 1 - 0.75 / height, subtitle, fontsize=10.5, color=MUTED_COLOR, va="center")
    figure.text(0.04, 0.2 / height, note, fontsize=8.5, color=MUTED_COLOR, va="center")
    return figure


def _title_size(title: str) -> float:
    # A line of the full size holds 70 Latin letters, or half as many Chinese characters; longer titles shrink.
    return TITLE_SIZE * min(1.0, 70 / sum(1 if letter.isascii() else 2 for letter in title))


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
