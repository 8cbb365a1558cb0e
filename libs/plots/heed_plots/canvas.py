"""Paper, pens and colours of all pictures. No state of pyplot: a figure belongs to the request that draws it."""

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
NAME, BOLD = "Heed Sans SC", 700
LARGEST = 15
INK, GREY, FAINT, PAPER = "#1c2530", "#66707c", "#d9dde2", "#ffffff"
TIERS: Mapping[str, str] = {"A": "#0b3c5d", "B": "#2f79ad", "C": "#8fbbd9", "D": "#d3d7dc", "new": "#eceef0"}
BANDS: Mapping[str, str] = {"critical": "#7a1420", "high": "#c4473a", "elevated": "#eb9c78", "low": "#f3d9c9"}
MOVES: Mapping[str, str] = {"lost": "#9b2226", "won": "#2a9d8f", "kept": "#c9ced6"}
STYLE: dict[Any, Any] = {
    "font.family": ["DejaVu Sans", NAME],
    "font.size": 10,
    "text.color": INK,
    "axes.labelcolor": GREY,
    "axes.edgecolor": FAINT,
    "xtick.color": GREY,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.hashsalt": "heed",
    "svg.fonttype": "path",
}
ONE_AT_A_TIME = Lock()
"""Settings and fonts of the library belong to the process."""


def render(make: Callable[[], Figure], kind: Literal["png", "svg"]) -> bytes:
    """Draws under our settings; the same report gives the same bytes."""
    with ONE_AT_A_TIME, mpl.rc_context(STYLE):
        _know_our_font()
        file = BytesIO()
        metadata = {"Software": None} if kind == "png" else {"Date": None, "Creator": None}
        make().savefig(file, format=kind, dpi=144, facecolor=PAPER, metadata=metadata)
        return file.getvalue()


def sheet(title: str, subtitle: str, note: str = "", *, height: float = 5.6) -> Figure:
    """A slide of ten inches: what was found on top, what is seen below it, how it was counted at the foot."""
    figure = Figure(figsize=(10, height))
    heading = figure.text(0.04, 1 - 0.42 / height, title, fontsize=_fitting(title), fontweight="bold", va="center")
    if not title.isascii():
        # Our Chinese font has one weight: a heading gets its strength from an outline, digits and characters alike.
        heading.set(fontweight="normal", path_effects=[withStroke(linewidth=0.9, foreground=INK)])
    figure.text(0.04, 1 - 0.75 / height, subtitle, fontsize=10.5, color=GREY, va="center")
    figure.text(0.04, 0.2 / height, note, fontsize=8.5, color=GREY, va="center")
    return figure


def _fitting(title: str) -> float:
    """Long findings are set smaller: a line of this size holds 70 Latin letters, or half as many characters."""
    return LARGEST * min(1.0, 70 / sum(1 if letter.isascii() else 2 for letter in title))


def bare(axes: Axes) -> Axes:
    """Without a frame and ticks: the labels stand at what they name."""
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(length=0)
    return axes


def on(colour: str) -> str:
    """Ink that can be read on that colour."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else PAPER


@cache
def _know_our_font() -> None:
    fontManager.addfont(FONT)
    regular = fontManager.ttflist[-1]
    assert regular.name == NAME  # noqa: S101 - the name that STYLE asks for
    fontManager.ttflist.append(replace(regular, weight=BOLD))
