"""Labels of any length in the room that a plot has for them. Pure; imports no plotting library."""

import re
from collections.abc import Iterator, Sequence
from unicodedata import category, combining, east_asian_width
from uuid import UUID

ELLIPSIS = "…"
SHORT_ID = 8
JOINERS = "\u200c\u200d"
"""Persian and Indian words need them; all other controls are invisible, or turn the text around them."""
WIDEST = "WMm@%"
OPENING, CLOSING = "（《〈「『【〔", "）》〉」』】〕，。、；：！？…"
WIDE = "\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00016fe0-\U0003fffd"
PIECES = re.compile(rf"\s+|[{OPENING}]*(?:[^\s{WIDE}]+|[^\s{OPENING}])[{CLOSING}]*|.")
"""White space, a word, or one wide character such as a Chinese one, with the brackets and marks that belong to it: a
line may end behind each."""


def fit_label(text: str, *, width: int, lines: int = 2) -> str:
    """Return the text in at most so many lines, each as wide as `width` Latin letters; what is cut ends in an ellipsis.

    A Chinese character is as wide as two Latin letters.
    """
    wrapped = list(_lines(without_controls(text), width))
    if len(wrapped) <= lines:
        return "\n".join(wrapped)
    *full, last = wrapped[:lines]
    while shown_width(last) > width - 1:
        last = last[:-1]
    return "\n".join([*full, last.rstrip() + ELLIPSIS])


def short_ids(ids: Sequence[UUID]) -> list[str]:
    """Return the ends of the ids, as long as it takes to tell them apart; ids of one day begin alike."""
    texts = [each.hex for each in ids]
    length = next(
        length for length in range(SHORT_ID, 33) if len({text[-length:] for text in texts}) == len(set(texts))
    )
    return [ELLIPSIS + text[-length:] for text in texts]


def without_controls(text: str) -> str:
    """Return the text without characters that control its display, such as overrides of its direction."""
    kept = (
        character for character in text if character.isspace() or category(character)[0] != "C" or character in JOINERS
    )
    return "".join(character for character in kept if not "\ufe00" <= character <= "\ufe0f")


def shown_width(text: str) -> int:
    """Return the width of a line in small Latin letters: a Chinese character counts twice, an accent not at all."""
    return int(sum(_letter_width(character) for character in text))


def _letter_width(character: str) -> float:
    if combining(character) or character in JOINERS:
        return 0.0
    if is_wide(character):
        return 2.0
    if character in WIDEST:
        return 1.6
    return 1.25 if character.isupper() else 1.0


def is_wide(character: str) -> bool:
    """Return whether it is as wide as two letters, as Chinese ones are."""
    return east_asian_width(character) in "WF"


def _lines(text: str, width: int) -> Iterator[str]:
    line = ""
    for piece in _pieces(text, width):
        if shown_width(line + piece.rstrip()) > width:
            yield line.rstrip()
            line = ""
        line += " " if piece.isspace() and line else piece.strip()
    yield line.rstrip()


def _pieces(text: str, width: int) -> Iterator[str]:
    """Yield words and characters; a word that is wider than a line in parts."""
    for piece in PIECES.findall(text):
        if piece.isspace() or shown_width(piece) <= width:
            yield piece
            continue
        part = ""
        for character in piece:
            if part and shown_width(part + character) > width:
                yield part
                part = ""
            part += character
        yield part
