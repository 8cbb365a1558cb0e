"""How often each item was shown, answered, and the last one of a form that was left. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from numpy.typing import NDArray

from heed_survey.collection.partials.rules import Reach
from heed_survey.responses import encoding
from heed_survey.surveys.questionnaire.items import Item
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire


@dataclass(frozen=True, slots=True)
class ItemCounts:
    """Forms in which the item was shown and answered, and those left at it: the first one not answered."""

    shown: int = 0
    answered: int = 0
    left: int = 0

    def __add__(self, other: "ItemCounts") -> "ItemCounts":
        return ItemCounts(self.shown + other.shown, self.answered + other.answered, self.left + other.left)

    def rounded_down(self, step: int) -> "ItemCounts":
        return ItemCounts(*(count - count % step for count in (self.shown, self.answered, self.left)))


Counts = Mapping[str, ItemCounts]
"""By item code."""
NOTHING = ItemCounts()


@dataclass(frozen=True, slots=True)
class DropOff:
    """The drop-off of a version of a survey."""

    survey_version: int
    completed: int
    in_progress: int
    """Begun and not sent; they may still be."""
    expired: int
    items: Counts
    rounded_to: int = 1
    """Counts are multiples of this, rounded down."""


def count_records(records: Sequence[bytes], questionnaire: Questionnaire) -> dict[str, ItemCounts]:
    """Return the counts of complete responses, in which no item was left."""
    if not records:
        return {}
    columns = encoding.decode(records, questionnaire)
    return {item.code: _count_column(columns, item) for item in questionnaire.items}


def count_forms(forms: Iterable[Reach]) -> dict[str, ItemCounts]:
    """Return the counts of forms that were begun and not sent."""
    shown, answered, left = Counter[str](), Counter[str](), Counter[str]()
    for form in forms:
        shown.update(form.shown)
        answered.update(set(form.shown) & set(form.answered))
        left[form.left_at] += 1
    return {code: ItemCounts(shown[code], answered[code], left[code]) for code in shown}


def add_counts(*parts: Counts) -> dict[str, ItemCounts]:
    """Return the sums by item."""
    total: dict[str, ItemCounts] = {}
    for part in parts:
        for code, counts in part.items():
            total[code] = total.get(code, NOTHING) + counts
    return total


def disclosed(report: DropOff, *, anonymous: bool, min_group: int) -> DropOff:
    """Return what may be shown of the report.

    In an anonymous survey a count that grows by one would show whether the last respondent met the condition of an
    item or skipped it. All its counts are rounded down to multiples of the smallest group.
    """
    if not anonymous:
        return report
    completed, in_progress, expired = (
        count - count % min_group for count in (report.completed, report.in_progress, report.expired)
    )
    return replace(
        report,
        completed=completed,
        in_progress=in_progress,
        expired=expired,
        items={code: counts.rounded_down(min_group) for code, counts in report.items.items()},
        rounded_to=min_group,
    )


def _count_column(columns: Mapping[str, NDArray[Any]], item: Item) -> ItemCounts:
    """Return the counts of an item by its first column; an item is answered in all of its columns or in none."""
    column = columns[encoding.item_columns(item)[0]]
    shown = (column != encoding.NOT_SHOWN) & (column != encoding.NOT_SHOWN_NUMBER)
    answered = shown & (column != encoding.MISSING) & (column != encoding.MISSING_NUMBER)
    return ItemCounts(int(shown.sum()), int(answered.sum()))
