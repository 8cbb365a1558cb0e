"""What an analysis works on: data, the selected responses, and the guard that decides what may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from heed_measures.surveys.categories import Categories
from heed_measures.surveys.domains import MeanTable, means_by
from heed_survey.analysis.disclosure.rules import Guard
from heed_survey.analysis.errors import NoResponses, TooFewResponses, WouldDisclose
from heed_survey.analysis.results.cells import (
    CellGuard,
    Detail,
    Determined,
    all_sums_of,
    detail_of,
    exposes,
    visible_cells,
)
from heed_survey.analysis.table.columns import Booleans
from heed_survey.analysis.table.dataset import Dataset, Selection
from heed_survey.customers.frame.rules import PREFIX
from heed_survey.surveys.questionnaire.items import Item


@dataclass(frozen=True, eq=False)
class Subject:
    """The responses inside `selection`, by its groups.

    `filtered_by` are the fields of the filter: where there are some, there may be more responses outside.
    """

    data: Dataset
    selection: Selection
    guard: Guard
    filtered_by: frozenset[str] = frozenset()
    _means: dict[tuple[str, ...], MeanTable] = field(default_factory=dict, init=False)

    @cached_property
    def overall(self) -> "Subject":
        """Return the same responses as one group."""
        if not self.is_grouped:
            return self
        return replace(self, selection=Selection.of_all(self.selection.inside))

    @property
    def is_grouped(self) -> bool:
        return self.selection.by is not None

    @property
    def is_filtered(self) -> bool:
        return bool(self.filtered_by)

    @cached_property
    def categories(self) -> Categories:
        """Return the groups, prepared for the shares of any number of items."""
        selection = self.selection
        return Categories(self.data.design, selection.groups, group_count=len(selection.labels))

    def means(self, codes: Sequence[str]) -> MeanTable:
        """Return the means of items on scales in the groups; several results of one subject share them."""
        self.data.check()
        key, selection = tuple(codes), self.selection
        if key not in self._means:
            self._means[key] = means_by(
                self.data.scaled(codes), self.data.design, selection.groups, group_count=len(selection.labels)
            )
        return self._means[key]

    @property
    def fields(self) -> frozenset[str]:
        """Fields that describe a group, as they are named without the prefix of customers."""
        by = {self.selection.by} if self.selection.by is not None else set[str]()
        return frozenset(name.removeprefix(PREFIX) for name in self.filtered_by | by)

    def visible_groups(self, *items: str, present: Booleans) -> list[bool]:
        """Return for each group whether results about those with values of all the items may be shown.

        Their number is such a result. Raises `NoResponses`, `TooFewResponses`, `WouldDisclose` for the only group.
        """
        items = tuple(item.removeprefix(PREFIX) for item in items)
        if not self.guard.k and self.is_grouped:
            return [True] * len(self.selection.labels)
        members = [self.selection.members(group) for group in range(len(self.selection.labels))]
        counted = self.guard.permits_counts(self.fields, members, self.data)
        answered = [each & present for each in members]
        if self.guard.k and not (present | np.logical_or.reduce([self.data.left_out(item) for item in items])).all():
            # Who is not shown an item has answered another one.
            shown = self.guard.permits_counts(self.fields | {*items}, answered, self.data, of=items)
            counted = [first and second for first, second in zip(counted, shown, strict=True)]
        candidates = [each & is_counted for each, is_counted in zip(answered, counted, strict=True)]
        visible = self.guard.permits(f"item:{' '.join(items)}", candidates, present)
        if not self.is_grouped and not visible[0]:
            raise self._refusal(int(answered[0].sum()))
        if not self.is_grouped and not answered[0].any():
            raise NoResponses
        return visible

    def visible_cells(
        self, field: str, cells: Sequence[Booleans], *, group: int, present: Booleans, known: Determined
    ) -> list[bool]:
        """Return for each cell of a group whether its count may be shown; see `cells.visible_cells`."""
        if not self.guard.k:
            return [True] * len(cells)
        self.data.check()
        members = self.selection.members(group)
        return visible_cells(
            CellGuard(self.guard, field, self.fields | {field}, self.data),
            [members & cell for cell in cells],
            everyone=present,
            total=members & present,
            known=known,
        )

    def visible_means(self, code: str) -> list[Detail]:
        """Return for each group what may be shown of its answers to an item: nothing, its mean, or its error as well.

        Raises as `visible_groups`.
        """
        visible = self.visible_groups(code, present=self.data.column(code).present)
        item = self.data.questionnaire.by_code[code]
        if not self.guard.k or item.scale is None:
            return [Detail.ALL if is_visible else Detail.NONE for is_visible in visible]
        found = [
            detail_of(self.counts(item, group), self.guard.k, item) if is_visible else Detail.NONE
            for group, is_visible in enumerate(visible)
        ]
        found = self._permitted(found, item, power=1, least=Detail.MEAN, otherwise=Detail.NONE)
        return self._permitted(found, item, power=2, least=Detail.ALL, otherwise=Detail.SHARES)

    def _permitted(
        self, details: Sequence[Detail], item: Item, *, power: int, least: Detail, otherwise: Detail
    ) -> list[Detail]:
        """Return the details, less where a moment may not be shown beside the counts and means of other groups."""
        present, chosen = self.data.column(item.code).present, [detail >= least for detail in details]
        sets = [self.selection.members(group) & present for group, is_chosen in enumerate(chosen) if is_chosen]
        permitted = iter(self.guard.permits_moments(item.code, self.fields, sets, self.data, power=power))
        return [
            detail if not is_chosen or next(permitted) else otherwise
            for detail, is_chosen in zip(details, chosen, strict=True)
        ]

    def hides_shares(self, item: Item, group: int) -> bool:
        """Return whether all sums that results can show of an item on a scale would give back a small count."""
        return bool(self.guard.k) and exposes(self.counts(item, group), self.guard.k, all_sums_of(item))

    def counts(self, item: Item, group: int) -> list[int]:
        """Return how many of a group gave each value of an item on a scale; of other items, nothing."""
        codes = self.data.column(item.code).codes[self.selection.members(group)]
        return [] if item.scale is None else np.bincount(codes[codes >= 0], minlength=item.scale.size).tolist()

    def _refusal(self, n: int) -> Exception:
        if self.is_filtered:
            return WouldDisclose()
        return NoResponses() if n == 0 else TooFewResponses() if n < self.guard.k else WouldDisclose()
