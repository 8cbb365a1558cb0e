"""Columns of responses: each value once, and for each response which one it has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heed_survey.responses.encoding import MISSING_NUMBER, NOT_SHOWN, NOT_SHOWN_NUMBER, NUMBERS
from heed_survey.surveys.questionnaire.items import SCALED, Item, ItemType, KanoAnswer

Codes = NDArray[np.signedinteger[Any]]
"""Of any width: those of a scale take a byte or two for each response, and are read often."""
Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
MISSING_CODE = -1
NUMBER_MISSING = (MISSING_NUMBER, NOT_SHOWN_NUMBER)


@dataclass(frozen=True, eq=False)
class Column:
    """Values of one field: `codes` (n,) index the `facts`, which conditions compare; -1 is no value."""

    codes: Codes
    facts: tuple[object, ...]
    type: ItemType | None = None
    """Of an item; fields of the context have none."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Return the values as they are written in results."""
        return tuple(str(fact) for fact in self.facts)

    @property
    def present(self) -> Booleans:
        return self.codes >= 0

    @property
    def values(self) -> Floats:
        """Return the values as numbers, nan where there is none; of options their index."""
        numbers = [float(fact) if isinstance(fact, int | float) else index for index, fact in enumerate(self.facts)]
        return np.array([*numbers, np.nan])[self.codes]

    def mirrored(self) -> "Column":
        """Return the column with each value in exchange for the one that is as far from the other end."""
        return Column(np.where(self.present, len(self.facts) - 1 - self.codes, MISSING_CODE), self.facts, self.type)

    def take(self, rows: NDArray[np.int64]) -> "Column":
        return Column(self.codes[rows], self.facts, self.type)


def text_column(codes: Codes, texts: Sequence[str]) -> Column:
    """Return the column of texts by code in alphabetical order; `codes` (n,), -1 where there is none."""
    order = sorted(range(len(texts)), key=lambda code: texts[code])
    position = np.full(len(texts) + 1, MISSING_CODE, dtype=np.int32)
    position[order] = np.arange(len(texts))
    return Column(position[codes], tuple(texts[code] for code in order))


def item_column(item: Item, stored: NDArray[np.generic]) -> Column:
    """Return the column of one value of an item from its encoded form (n,)."""
    if item.type in NUMBERS:
        return _number_column(item, stored.astype(np.float64))
    facts, offset = _levels(item)
    codes = stored.astype(np.int16)
    missing = codes <= NOT_SHOWN
    codes -= np.int16(offset)
    codes[missing] = MISSING_CODE
    return Column(codes, facts, item.type)


def options_column(item: Item, chosen: NDArray[np.int16]) -> Column:
    """Return the column of an item with several choices from its indicators (n, options): a value is a combination."""
    missing = np.asarray((chosen <= NOT_SHOWN).any(axis=1))
    bits = np.where(missing[:, np.newaxis], 0, chosen).astype(np.uint8)
    packed = np.packbits(bits, axis=1)
    weights = np.random.default_rng(1).integers(1, 2**62, size=packed.shape[1], dtype=np.int64)
    _, first, codes = np.unique(packed.astype(np.int64) @ weights, return_index=True, return_inverse=True)
    names = [option.code for option in item.options]
    facts = tuple(tuple(name for name, bit in zip(names, bits[row], strict=True) if bit) for row in first)
    return Column(np.where(missing, MISSING_CODE, codes.reshape(-1)), facts, item.type)


def remapped(column: NDArray[np.generic], old: Item, new: Item) -> NDArray[np.generic] | None:
    """Return an item's encoded column of an older version as of the newer one; None if they cannot be compared."""
    if old.type is not new.type or old.scale != new.scale or old.is_reversed != new.is_reversed:
        return None
    if old.type is not ItemType.SINGLE or old.options == new.options:
        return column
    position = {option.code: index for index, option in enumerate(new.options)}
    table = np.array([position.get(option.code, NOT_SHOWN) for option in old.options] + [NOT_SHOWN], dtype=np.int16)
    codes = column.astype(np.int64)
    return np.where(codes < 0, column, table[codes.clip(-1)])


def mask_of(column: Column, test: Callable[[object], bool]) -> Booleans:
    """Return which responses pass a test of one value, which is None where there is none."""
    passed = np.array([test(fact) for fact in (*column.facts, None)], dtype=np.bool_)
    return np.asarray(passed[column.codes])


def _levels(item: Item) -> tuple[tuple[object, ...], int]:
    """Return the values that an item can have, and the code of the first."""
    if item.type in SCALED and item.scale is not None:
        return tuple(range(item.scale.lowest, item.scale.highest + 1)), item.scale.lowest
    if item.type is ItemType.KANO:
        return tuple(answer.value for answer in KanoAnswer), 0
    return tuple(option.code for option in item.options), 0


def _number_column(item: Item, stored: Floats) -> Column:
    missing = np.isin(stored, NUMBER_MISSING)
    levels, codes = np.unique(np.where(missing, 0.0, stored), return_inverse=True)
    return Column(np.where(missing, MISSING_CODE, codes.reshape(-1)), tuple(levels.tolist()), item.type)
