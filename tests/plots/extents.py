"""What a picture shows: its texts, and those that leave it."""

from collections.abc import Callable

import matplotlib.text
from matplotlib.figure import Figure

from heed_plots import canvas

TOLERANCE = 3
"""Pixels: the outline of a letter is rounded up."""


def look(make: Callable[[], Figure]) -> tuple[Figure, list[str], list[str]]:
    """Draw it; return the figure, all its texts, and the texts that do not lie wholly within it."""
    with canvas.drawing(make) as figure:
        figure.draw_without_rendering()
        visible = [text for text in figure.findobj(matplotlib.text.Text) if text.get_visible() and text.get_text()]
        outside = []
        for text in visible:
            box = text.get_window_extent()
            inside = figure.bbox.padded(TOLERANCE)
            if not (inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1):
                outside.append(text.get_text())
        return figure, [text.get_text() for text in visible], outside
