"""Valid taxonomies and valid categories. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from heed_complaint.reference.taxonomies.errors import CodesLocked, DuplicateTerm, InvalidTermParent

TWO_LEVELS = frozenset({"category"})
SECOND_LEVEL = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class TermInput:
    """A term as operators write it."""

    code: str
    en: str
    zh: str
    parent: str | None = None
    """Redundant: where it is given it must be the first level of the code."""
    retired: bool = False


def parent_code(code: str) -> str | None:
    """Return the first level of a code of the second level."""
    return code.rpartition(".")[0] or None


def validate_terms(terms: Sequence[TermInput], *, taxonomy: str) -> None:
    """Raise `DuplicateTerm`, or `InvalidTermParent` for a second level that the taxonomy cannot have."""
    codes = {term.code for term in terms}
    seen: set[str] = set()
    for index, term in enumerate(terms):
        parent = parent_code(term.code)
        if term.code in seen:
            raise DuplicateTerm(pointer=f"/terms/{index}/code")
        if parent is not None and (taxonomy not in TWO_LEVELS or "." in parent or parent not in codes):
            raise InvalidTermParent(pointer=f"/terms/{index}/code")
        if term.parent is not None and term.parent != parent:
            raise InvalidTermParent(pointer=f"/terms/{index}/parent")
        seen.add(term.code)


def validate_locked_codes(terms: Sequence[TermInput], *, codes: set[str]) -> None:
    """Raise `CodesLocked` unless the terms are exactly these codes, none of them retired."""
    for index, term in enumerate(terms):
        if term.code not in codes:
            raise CodesLocked(pointer=f"/terms/{index}/code")
        if term.retired:
            raise CodesLocked(pointer=f"/terms/{index}/retired")
    if len(terms) < len(codes):
        raise CodesLocked(pointer="/terms")


def is_valid_category(category: str, retired_by_code: Mapping[str, bool]) -> bool:
    """Return whether a complaint may have this category, given the terms of its first level.

    Below a first level without terms of a second one, the second level is free text.
    """
    first, dot, second = category.partition(".")
    if retired_by_code.get(first, True):
        return False
    if not dot:
        return True
    if len(retired_by_code) > 1:
        return not retired_by_code.get(category, True)
    return SECOND_LEVEL.fullmatch(second) is not None
