"""Labels of any length in the room that a plot has for them. Pure; imports no plotting library."""

import re
from collections.abc import Iterator
from unicodedata import east_asian_width

ELLIPSIS = "…"
PIECES = re.compile(r"\s+|[!-~\u00a1-\u024f]+|.", re.DOTALL)
"""White space, a word of Latin letters, or any other character: a line may end behind each."""


def fit_label(text: str, *, width: int, lines: int = 2) -> str:
    """Return the text in at most so many lines, each as wide as `width` Latin letters; what is cut ends in an ellipsis.

    A Chinese character is as wide as two Latin letters.
    """
    wrapped = list(_lines(text, width))
    if len(wrapped) <= lines:
        return "\n".join(wrapped)
    *full, last = wrapped[:lines]
    while _width(last) > width - 1:
        last = last[:-1]
    return "\n".join([*full, last.rstrip() + ELLIPSIS])


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, width):
        if _width(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += " " if piece.isspace() and line else piece.strip()
    yield line.rstrip()


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield words and characters; a word that is wider than a line in parts."""
    for piece in PIECES.findall(text):
        yield from (piece[start : start + width] for start in range(0, len(piece), width))


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
