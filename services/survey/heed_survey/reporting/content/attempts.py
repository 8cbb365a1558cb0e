"""A part of a report that may not be shown leaves the other parts alone."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from heed_survey.analysis.errors import (
    ConstantItem,
    ItemMissing,
    NoFacts,
    NoResponses,
    TooFewItems,
    TooFewResponses,
    UnknownItem,
    WouldDisclose,
    WrongItemType,
)
from heed_survey.analysis.query import FLAGS
from heed_survey.analysis.results.documents import SUPPRESSED, SuppressedOut
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.table.dataset import Selection

Part = TypeVar("Part")

HIDING = (NoResponses, TooFewResponses, WouldDisclose)
"""Too few responses for a result, alone or beside those that were shown before."""
ABSENT = (ConstantItem, ItemMissing, NoFacts, TooFewItems, UnknownItem, WrongItemType)
"""The survey has nothing that this analysis could be about."""


def attempt(compute: Callable[[], Part]) -> Part | SuppressedOut | None:
    """Return the part; suppressed if it may not be shown, None if the survey has nothing of the kind."""
    try:
        return compute()
    except HIDING:
        return SUPPRESSED
    except ABSENT:
        return None


def shown(part: Part | SuppressedOut | None) -> Part | None:
    """Return the part, or None if it is suppressed or absent."""
    return None if isinstance(part, SuppressedOut) else part


def without_flagged(subject: Subject) -> Subject | None:
    """Return the responses without those of doubtful quality; None if there are none, or fewer than a group.

    Results with and without a few people would show their responses, so that these are not tried.
    """
    flagged = subject.selection.inside & subject.data.flagged
    if not flagged.any() or int(flagged.sum()) < subject.guard.k:
        return None
    inside = subject.selection.inside & ~subject.data.flagged
    return replace(subject, selection=Selection.of_all(inside), filtered_by=subject.filtered_by | {FLAGS})
