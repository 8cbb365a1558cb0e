"""The responses of a survey as arrays, all versions that share items together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar, cast
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from heed_measures.surveys.design import Design
from heed_survey.analysis.errors import UnknownItem, WrongItemType
from heed_survey.analysis.table.columns import Booleans, Codes, Column, Floats, item_column, options_column
from heed_survey.call_backs.facts.rules import Experience
from heed_survey.customers.frame.rules import PREFIX
from heed_survey.responses.encoding import MISSING, MISSING_NUMBER, NOT_SHOWN, NUMBERS, item_columns
from heed_survey.surveys.questionnaire.items import Item, ItemType
from heed_survey.surveys.questionnaire.questionnaire import Questionnaire

Kind = TypeVar("Kind", bound=np.generic)

NOTHING_KNOWN = Experience(None, {})


class Link(NamedTuple):
    """A response, and what its customer had experienced."""

    response_id: UUID
    experience: Experience


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
    whole: "Dataset | None" = None
    """The responses from which the newest were left out."""
    check: Callable[[], None] = lambda: None
    """Called before each step of a computation; raises an error if it is to stop."""
    links: Sequence[Link] = ()
    """Of responses whose facts were read, and that may be shown one by one."""
    _columns: dict[str, Column] = field(default_factory=dict, init=False)
    _scaled: dict[tuple[str, ...], Floats] = field(default_factory=dict, init=False)

    @property
    def n(self) -> int:
        return self.design.n

    def before(self, position: int) -> "Dataset":
        """Return the responses at positions before this one."""
        n = self.n if self.positions is None else int(np.searchsorted(self.positions, position))
        if n == self.n:
            return self
        return replace(
            self,
            encoded={name: column[:n] for name, column in self.encoded.items()},
            context={name: Column(column.codes[:n], column.facts) for name, column in self.context.items()},
            design=_first_rows(self.design, n),
            flagged=self.flagged[:n],
            positions=None if self.positions is None else self.positions[:n],
            whole=self,
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
        self.check()
        if name not in self._columns:
            self._columns[name] = self._make(name)
        return self._columns[name]

    def absent(self, name: str) -> Booleans:
        """Return by position who was shown the item of this field and left it out; of other fields, no one."""
        return self._by_position(lambda whole: whole.left_out(name))

    def levels(self, item: str) -> Codes:
        """Return by position which value of a scale each gave, from 0; 0 for none."""
        return self._by_position(lambda whole: whole.column(item).codes.clip(0))

    def left_out(self, name: str) -> Booleans:
        """Return who was shown the item of this field and left it out (n,); of other fields, no one."""
        item = next((item for item in self.questionnaire.items if name in item.fields), None)
        if item is None:
            return np.zeros(self.n, dtype=np.bool_)
        column = self.encoded[name if name in self.encoded else item_columns(item)[0]]
        return np.asarray(column == (MISSING_NUMBER if item.type in NUMBERS else MISSING))

    def scored(self, name: str) -> Column:
        """Return the column with which results calculate: a reversed item counts from the unhappiest end, too."""
        column = self.column(name)
        item = self.questionnaire.by_code.get(name)
        return column.mirrored() if item is not None and item.is_reversed else column

    def values(self, name: str) -> Floats:
        """Return the numbers of a field (n,) as `scored`, nan where there is none."""
        return self.scored(name).values

    def chosen(self, item: Item) -> Floats:
        """Return the indicators of an item with several choices (n, options), nan where it has no response."""
        table = np.column_stack([self.encoded[name] for name in item_columns(item)]).astype(np.float64)
        return np.where(table <= NOT_SHOWN, np.nan, table)

    def scaled(self, codes: Sequence[str]) -> Floats:
        """Return the values of items on scales (n, p), nan where there is none; 4 bytes each to save memory."""
        if tuple(codes) not in self._scaled:
            table = np.empty((len(codes), self.n), dtype=np.float32)
            for row, code in zip(table, codes, strict=True):
                row[:] = self.values(code)
            # The last one only: it is as large as all other columns together, and results ask for the same again.
            self._scaled.clear()
            self._scaled[tuple(codes)] = cast("Floats", table.T)
        return self._scaled[tuple(codes)]

    def _by_position(self, column: "Callable[[Dataset], NDArray[Kind]]") -> "NDArray[Kind]":
        """Return a column of all responses, 0 at positions without one."""
        whole = self.whole or self
        if whole.positions is None:
            return column(whole)
        values = column(whole)
        found = np.zeros(int(whole.positions[-1]) + 1, dtype=values.dtype)
        found[whole.positions] = values
        return found

    def _make(self, name: str) -> Column:
        item = next((item for item in self.questionnaire.items if name in item.fields), None)
        if item is None:
            return self.context[name.removeprefix(PREFIX)]
        if item.type is ItemType.MULTIPLE:
            return options_column(item, np.column_stack([self.encoded[part] for part in item_columns(item)]))
        return item_column(item, self.encoded[name])


@dataclass(frozen=True, eq=False)
class Selection:
    """Which responses a result is about (`inside`), and their groups.

    `groups` (n,) index `labels`; -1 outside, and for those inside who lack the field that groups are made by.
    """

    inside: Booleans
    groups: Codes
    labels: tuple[str, ...]
    by: str | None = None

    @classmethod
    def of_all(cls, inside: Booleans) -> "Selection":
        """Return the selection with a single group."""
        return cls(inside, inside.astype(np.int16) - np.int16(1), ("",))

    def members(self, group: int) -> Booleans:
        return np.asarray(self.groups == group)

    def document(self, group: int) -> dict[str, str]:
        """Return the value by which the group is chosen; of the only group, none."""
        return {} if self.by is None else {self.by: self.labels[group]}


def _first_rows(design: Design, n: int) -> Design:
    def first(column: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if column is None else column[:n]

    return Design(
        design.weights[:n],
        first(design.strata),
        first(design.clusters),
        first(design.population),
        first(design.second_clusters),
        first(design.second_population),
        design.kind,
    )
