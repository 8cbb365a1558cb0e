"""What an analysis works on: data, the selected responses, and the guard that decides what may be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from heed_measures.surveys.categories import Categories
from heed_measures.surveys.domains import MeanTable, means_by
from heed_survey.analysis.disclosure.rules import Guard
from heed_survey.analysis.errors import NoResponses, TooFewResponses, WouldDisclose
from heed_survey.analysis.results.cells import Determined, visible_cells
from heed_survey.analysis.table.columns import Booleans
from heed_survey.analysis.table.dataset import Dataset, Selection


@dataclass(frozen=True, eq=False)
class Subject:
    """The responses inside `selection`, by its groups; `is_filtered` whether there may be more outside."""

    data: Dataset
    selection: Selection
    guard: Guard
    is_filtered: bool = False
    _means: dict[tuple[str, ...], MeanTable] = field(default_factory=dict, init=False)

    @cached_property
    def overall(self) -> "Subject":
        """Return the same responses as one group."""
        return replace(self, selection=Selection.of_all(self.selection.inside))

    @property
    def is_grouped(self) -> bool:
        return self.selection.by is not None

    @cached_property
    def categories(self) -> Categories:
        """Return the groups, prepared for the shares of any number of items."""
        selection = self.selection
        return Categories(self.data.design, selection.groups, group_count=len(selection.labels))

    def means(self, codes: Sequence[str]) -> MeanTable:
        """Return the means of items on scales in the groups; several results of one subject share them."""
        key, selection = tuple(codes), self.selection
        if key not in self._means:
            self._means[key] = means_by(
                self.data.scaled(codes), self.data.design, selection.groups, group_count=len(selection.labels)
            )
        return self._means[key]

    def visible_groups(self, name: str, present: Booleans) -> list[bool]:
        """Return for each group whether results about those with a value (`present`) may be shown.

        Raises `NoResponses`, `TooFewResponses`, `WouldDisclose` for the only group.
        """
        if not self.guard.k and self.is_grouped:
            return [True] * len(self.selection.labels)
        members = [self.selection.members(group) & present for group in range(len(self.selection.labels))]
        visible = self.guard.permits(f"item:{name}", members, present)
        if not self.is_grouped and not visible[0]:
            raise self._refusal(int(members[0].sum()))
        if not self.is_grouped and not members[0].any():
            raise NoResponses
        return visible

    def visible_cells(
        self, name: str, cells: Sequence[Booleans], *, group: int, present: Booleans, known: Determined
    ) -> list[bool]:
        """Return for each cell of a group whether its count may be shown; see `cells.visible_cells`."""
        if not self.guard.k:
            return [True] * len(cells)
        members = self.selection.members(group)
        inside = [members & cell for cell in cells]
        return visible_cells(
            self.guard, f"count:{name}", inside, everyone=present, total=members & present, known=known
        )

    def _refusal(self, n: int) -> Exception:
        if self.is_filtered:
            return WouldDisclose()
        return NoResponses() if n == 0 else TooFewResponses() if n < self.guard.k else WouldDisclose()
