"""Answers beside facts: how those answered for whom something was met and those for whom it was not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
from pydantic import Field

from heed_common.contracts.survey import Measure
from heed_common.fields import ResponseModel
from heed_measures.surveys.categories import ShareTable
from heed_measures.surveys.estimators import difference
from heed_measures.surveys.net_promoter import mean_category
from heed_survey.analysis.errors import NoFacts
from heed_survey.analysis.results.cells import Detail, exposes, sums_of
from heed_survey.analysis.results.crosstab import visible_table
from heed_survey.analysis.results.documents import SUPPRESSED, By, Cell, CountCell, ResultOut, cell
from heed_survey.analysis.results.net_promoter import find_item
from heed_survey.analysis.results.subject import Subject
from heed_survey.analysis.results.words import BAD_WORD, GOOD_WORD, WORDS, word_codes, word_ends
from heed_survey.analysis.table.columns import Booleans, Codes, Column, Floats
from heed_survey.analysis.table.dataset import Selection
from heed_survey.call_backs.facts.rules import PREFIX, WINDOW, Fact
from heed_survey.surveys.questionnaire.items import Item

Value = Literal["met", "not_met", "unknown"]
VALUES: tuple[Value, ...] = ("met", "not_met", "unknown")
"""The first two are those of the column of a fact."""
GOOD_FACT, BAD_FACT = 0, 1


class WordsOut(ResponseModel):
    """How many gave an answer of this kind, and their estimated share of the row."""

    count: CountCell
    """Respondents, without weights."""
    share: Cell
    """Estimated share of the row, 0 to 1."""


class FactRowOut(ResponseModel):
    """Those for whom the fact has the value. Without a neutral answer on the scale, `neutral` counts none."""

    value: Value
    """Whether the fact was `met`, `not_met`, or is `unknown`."""
    n: CountCell
    dissatisfied: WordsOut
    """Answers in the unhappy boxes of the scale."""
    neutral: WordsOut
    """Answers between both ends."""
    satisfied: WordsOut
    """Answers in the happy boxes of the scale."""
    mean: Cell
    """Mean answer of the row, on the item's scale."""


class FactOut(ResponseModel):
    """A fact with its rows. The differences are those of `met` less `not_met`.

    Where words and facts disagree: `fact_good_word_bad` are dissatisfied though it was met, `fact_bad_word_good`
    satisfied though it was not; the latter is null for remedies, which are not always due.
    """

    fact: Fact
    """What was due to the customer before the answer."""
    rows: list[FactRowOut]
    """One for each value of the fact."""
    satisfied_difference: Cell
    """Share of satisfied answers where it was met, less where it was not."""
    mean_difference: Cell
    """Mean answer where it was met, less where it was not."""
    fact_good_word_bad: CountCell
    """Respondents who are dissatisfied though it was met."""
    fact_bad_word_good: CountCell | None
    """Respondents who are satisfied though it was not met; null for remedies."""


class FactGroupOut(ResponseModel):
    by: By = Field(default_factory=dict)
    """Value of the grouping item or field, by its name; empty: all."""
    facts: list[FactOut]
    """Those of which something is known."""


class FactLine(ResponseModel):
    by: str
    fact: Fact
    value: Value
    n: CountCell
    dissatisfied: CountCell
    neutral: CountCell
    satisfied: CountCell
    satisfied_share: Cell
    mean: Cell


class FactsOut(ResultOut, FactGroupOut):
    line = FactLine

    item: str
    """Code of the item whose answers are compared."""
    satisfied_from: int
    """Lowest value that counts as satisfied; of a reversed item, counted from the unhappiest end."""
    dissatisfied_to: int
    """Highest value that counts as dissatisfied, counted as `satisfied_from`."""
    window_days: int
    """How long before the answer the complaint was completed, or the promise settled."""
    groups: list[FactGroupOut] = Field(default_factory=list)
    """One for each value of `by`; empty without it."""

    def lines(self) -> Sequence[ResponseModel]:
        return [
            FactLine(
                by=" ".join(group.by.values()),
                fact=found.fact,
                value=row.value,
                n=row.n,
                dissatisfied=row.dissatisfied.count,
                neutral=row.neutral.count,
                satisfied=row.satisfied.count,
                satisfied_share=row.satisfied.share,
                mean=row.mean,
            )
            for group in (self, *self.groups)
            for found in group.facts
            for row in found.rows
        ]


def facts(subject: Subject, *, item: str | None, fact: Fact | None = None) -> FactsOut:
    """Return the table of an item and each fact, or one. Raises `NoFacts`, and errors of `find_item`."""
    found = find_item(subject, item, Measure.SATISFACTION)
    overall = subject.overall
    present = subject.data.column(found.code).present
    overall.visible_groups(found.code, present=present)
    known = [each for each in Fact if fact in (None, each) and _is_known(overall, each, present)]
    if not known:
        raise NoFacts
    low, high = word_ends(found)
    return FactsOut(
        item=found.code,
        satisfied_from=high,
        dissatisfied_to=low,
        window_days=WINDOW.days,
        facts=_groups(overall, found, known)[0].facts,
        groups=_groups(subject, found, known) if subject.is_grouped else [],
    )


def _is_known(subject: Subject, fact: Fact, present: Booleans) -> bool:
    column = subject.data.context.get(f"{PREFIX}{fact}")
    return column is not None and bool((column.present & present & subject.selection.inside).any())


def _groups(subject: Subject, item: Item, known: Sequence[Fact]) -> list[FactGroupOut]:
    tables = [_Table(subject, item, fact) for fact in known]
    return [
        FactGroupOut(by=subject.selection.document(group), facts=[table.result(group) for table in tables])
        for group in range(len(subject.selection.labels))
    ]


@dataclass(frozen=True)
class _Table:
    """A fact and an item, crossed in each group; its rows are numbered through, those of a group in turn."""

    subject: Subject
    item: Item
    fact: Fact

    def result(self, group: int) -> FactOut:
        shown = self._visible_cells(group)
        first = group * len(VALUES)
        rows = [self._row(value, first + index, shown[index]) for index, value in enumerate(VALUES)]
        good, bad = (first + value for value in (GOOD_FACT, BAD_FACT))
        share_is_visible = shown[GOOD_FACT][GOOD_WORD] and shown[BAD_FACT][GOOD_WORD]
        means = [self._mean_detail(row) for row in (good, bad)]
        return FactOut(
            fact=self.fact,
            rows=rows,
            satisfied_difference=self._difference(self._is_satisfied, good, bad, is_visible=share_is_visible),
            mean_difference=self._difference(self._values, good, bad, is_visible=min(means) is Detail.ALL),
            fact_good_word_bad=rows[GOOD_FACT].dissatisfied.count,
            fact_bad_word_good=None if self.fact is Fact.REMEDY else rows[BAD_FACT].satisfied.count,
        )

    @cached_property
    def _facts(self) -> Column:
        column = self.subject.data.column(f"{PREFIX}{self.fact}")
        return Column(np.where(column.present, column.codes, len(VALUES) - 1), VALUES)

    @cached_property
    def _words(self) -> Column:
        return Column(word_codes(self.item, self._scored), WORDS)

    @cached_property
    def _scored(self) -> Codes:
        return self.subject.data.scored(self.item.code).codes

    @cached_property
    def _values(self) -> Floats:
        return self.subject.data.values(self.item.code)

    @cached_property
    def _is_satisfied(self) -> Floats:
        codes = self._words.codes
        return np.where(codes < 0, np.nan, codes == GOOD_WORD)

    @cached_property
    def _rows(self) -> Subject:
        """Return the subject with a group for each row."""
        selection = self.subject.selection
        groups = np.where(selection.groups < 0, -1, selection.groups * len(VALUES) + self._facts.codes)
        labels = tuple(f"{label} {value}" for label in selection.labels for value in VALUES)
        by_rows = Selection(selection.inside, groups, labels, f"{PREFIX}{self.fact}")
        return replace(self.subject, selection=by_rows, filtered_by=self.subject.fields)

    @cached_property
    def _details(self) -> list[Detail]:
        return self._rows.visible_means(self.item.code)

    @cached_property
    def _shares(self) -> ShareTable:
        return self._rows.categories.shares(self._words.codes, len(WORDS))

    @cached_property
    def _levels(self) -> ShareTable:
        return self._rows.categories.shares(self._scored, self._size)

    @property
    def _size(self) -> int:
        return 0 if self.item.scale is None else self.item.scale.size

    def _visible_cells(self, group: int) -> list[list[bool]]:
        """Return for each row which of its words may be shown."""
        inside = Selection.of_all(self.subject.selection.members(group) & self._words.present)
        part = replace(self.subject, selection=inside, filtered_by=self.subject.fields)
        shown = visible_table(part, (f"{PREFIX}{self.fact}", self._facts), (self.item.code, self._words))
        details = self._details[group * len(VALUES) : (group + 1) * len(VALUES)]
        return [
            [is_shown and detail >= Detail.SHARES for is_shown in row]
            for row, detail in zip(shown, details, strict=True)
        ]

    def _row(self, value: Value, row: int, shown: Sequence[bool]) -> FactRowOut:
        words = [
            WordsOut(
                count=int(self._shares.counts[row, word]) if shown[word] else SUPPRESSED,
                share=cell(self._shares.estimate(row, word), is_visible=shown[word]),
            )
            for word in range(len(WORDS))
        ]
        lowest = 0 if self.item.scale is None else self.item.scale.lowest
        return FactRowOut(
            value=value,
            n=int(self._shares.n[row]) if self._details[row] > Detail.NONE else SUPPRESSED,
            dissatisfied=words[BAD_WORD],
            neutral=words[1],
            satisfied=words[GOOD_WORD],
            mean=cell(
                mean_category(self._levels, row, lowest=lowest),
                is_visible=self._mean_detail(row) > Detail.NONE,
                has_error=self._mean_detail(row) is Detail.ALL,
            ),
        )

    def _mean_detail(self, row: int) -> Detail:
        """Return what of the mean may be shown: beside the counts of words it must not give back who chose a value."""
        detail, guard = self._details[row], self.subject.guard
        if not guard.k or detail is Detail.NONE:
            return detail
        codes = np.arange(self._size)
        words = word_codes(self.item, codes[::-1] if self.item.is_reversed else codes)
        known = np.vstack([sums_of(self.item), words == np.arange(len(WORDS))[:, np.newaxis]])
        return Detail.NONE if exposes(self._rows.counts(self.item, row), guard.k, known) else detail

    def _difference(self, values: Floats, good: int, bad: int, *, is_visible: bool) -> Cell:
        first, second = (self._rows.selection.members(row) for row in (good, bad))
        return cell(difference(values, self.subject.data.design, first=first, second=second), is_visible=is_visible)
