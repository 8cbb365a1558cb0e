"""The responses of a survey as arrays, all versions that share items together."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys.design import Design
from heed_survey.analysis.errors import UnknownItem, WrongItemType
from heed_survey.analysis.table.columns import Booleans, Codes, Column, Floats, item_column, options_column
from heed_survey.customers.frame.rules import PREFIX
from heed_survey.responses.encoding import NOT_SHOWN, item_columns
from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

DESIGN_COLUMNS = ("weights", "strata", "clusters", "population", "second_clusters", "second_population")


@dataclass(frozen=True, eq=False)
class Dataset:
    """Responses in a fixed order: encoded columns by name, fields of the context, the design, and the quality flags.

    With disclosure control, `positions` (n,) ascending are their bits in the sets of the survey.
    """

    questionnaire: Questionnaire
    encoded: Mapping[str, NDArray[np.generic]]
    context: Mapping[str, Column]
    design: Design
    flagged: Booleans
    positions: Codes | None = None
    _columns: dict[str, Column] = field(default_factory=dict, init=False)

    @property
    def n(self) -> int:
        return self.design.n

    def before(self, position: int) -> "Dataset":
        """Return the responses at positions before this one."""
        n = self.n if self.positions is None else int(np.searchsorted(self.positions, position))
        if n == self.n:
            return self
        columns = {name: getattr(self.design, name) for name in DESIGN_COLUMNS}
        return replace(
            self,
            encoded={name: column[:n] for name, column in self.encoded.items()},
            context={name: Column(column.codes[:n], column.facts) for name, column in self.context.items()},
            design=replace(self.design, **{name: None if c is None else c[:n] for name, c in columns.items()}),
            flagged=self.flagged[:n],
            positions=None if self.positions is None else self.positions[:n],
        )

    def item(self, code: str, *types: ItemType) -> Item:
        """Return the item. Raises `UnknownItem`, and `WrongItemType` if it has none of the types."""
        item = self.questionnaire.by_code.get(code)
        if item is None:
            raise UnknownItem
        if types and item.type not in types:
            raise WrongItemType(f"This analysis needs an item of type {' or '.join(types)}.")
        return item

    def column(self, name: str) -> Column:
        """Return the column of a field: an item, a part of a pair, or of the context."""
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]

    def values(self, name: str) -> Floats:
        """Return the numbers of a field (n,), nan where there is none."""
        return self.column(name).values

    def chosen(self, item: Item) -> Floats:
        """Return the indicators of an item with several choices (n, options), nan where it has no response."""
        table = np.column_stack([self.encoded[name] for name in item_columns(item)]).astype(np.float64)
        return np.where(table <= NOT_SHOWN, np.nan, table)

    def scaled(self, codes: list[str]) -> Floats:
        """Return the values of items on scales (n, p), nan where there is none; 4 bytes each to save memory."""
        return cast(Floats, np.column_stack([self.values(code).astype(np.float32) for code in codes]))

    def _make(self, name: str) -> Column:
        item = next((item for item in self.questionnaire.items if name in item.fields), None)
        if item is None:
            return self.context[name.removeprefix(PREFIX)]
        if item.type is ItemType.MULTIPLE:
            return options_column(item, np.column_stack([self.encoded[part] for part in item_columns(item)]))
        return item_column(item, self.encoded[name])


@dataclass(frozen=True, eq=False)
class Selection:
    """Which responses a result is about, and their groups: `groups` (n,) index `labels`, -1 outside."""

    groups: Codes
    labels: tuple[str, ...]
    by: str | None = None

    @property
    def inside(self) -> Booleans:
        return self.groups >= 0

    def members(self, group: int) -> Booleans:
        return self.groups == group

    def document(self, group: int) -> dict[str, str]:
        """Return the value by which the group is chosen; of the only group, none."""
        return {} if self.by is None else {self.by: self.labels[group]}


def scale_items(questionnaire: Questionnaire) -> list[Item]:
    """Return the items with a number on a scale, in their order."""
    return [item for item in questionnaire.items if item.type in SCALED and not item.parts]
