"""What a taxonomy may look like, and which of its words may be used. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heed_complaint.reference.taxonomies.errors import CodesAreFixed, TermMisplaced, TermTwice

TWO_LEVELS = frozenset({"category"})
SECOND_LEVEL = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Word:
    """A term as operators write it."""

    code: str
    en: str
    zh: str
    parent: str | None = None
    """Said by the code already; where it is given it must say the same."""
    retired: bool = False


def parent_of(code: str) -> str | None:
    """The first level that a second one stands under."""
    return code.rpartition(".")[0] or None


def check_words(words: Sequence[Word], *, taxonomy: str) -> None:
    """Each code once; a second level in categories only, and below a first one that is there."""
    listed = {word.code for word in words}
    seen: set[str] = set()
    for place, word in enumerate(words):
        parent = parent_of(word.code)
        if word.code in seen:
            raise TermTwice(pointer=f"/terms/{place}/code")
        if parent is not None and (taxonomy not in TWO_LEVELS or "." in parent or parent not in listed):
            raise TermMisplaced(pointer=f"/terms/{place}/code")
        if word.parent is not None and word.parent != parent:
            raise TermMisplaced(pointer=f"/terms/{place}/parent")
        seen.add(word.code)


def check_fixed(words: Sequence[Word], *, codes: set[str]) -> None:
    """All codes that there are, none else, none retired."""
    for place, word in enumerate(words):
        if word.code not in codes:
            raise CodesAreFixed(pointer=f"/terms/{place}/code")
        if word.retired:
            raise CodesAreFixed(pointer=f"/terms/{place}/retired")
    if len(words) < len(codes):
        raise CodesAreFixed(pointer="/terms")


def may_categorise(category: str, known: Mapping[str, bool]) -> bool:
    """Whether a complaint may be of this category; of its first level's terms it is known which ones are retired.

    A first level without a second one listed leaves it to everybody to name their own.
    """
    first, dot, second = category.partition(".")
    if known.get(first, True):
        return False
    if not dot:
        return True
    if len(known) > 1:
        return not known.get(category, True)
    return SECOND_LEVEL.fullmatch(second) is not None
