"""Rows of PostgreSQL's binary COPY as arrays: where all values of a column are equally wide, a row is a record.

A million rows are read without anything being made for a single one. Texts have no fixed width: they are read as
hashes, and each distinct one is looked up by the first row that has it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heed_survey.analysis.table.columns import MISSING_CODE

Rows = NDArray[np.void]

HEADER_BYTES = 19
"""Signature, flags and the length of an extension that no version of PostgreSQL uses."""
TRAILER = b"\xff\xff"
FIELDS = "#"
"""Column of the number of fields; with the name of a column before it, that of its length."""
NO_TEXT = 0
"""Hash of a missing text."""


def row_type(fields: Mapping[str, Any]) -> np.dtype[np.void]:
    """Return the type of a row with these columns, each with the type of its values, in big-endian order."""
    columns = [part for name, kind in fields.items() for part in ((name + FIELDS, ">i4"), (name, kind))]
    return np.dtype([(FIELDS, ">i2"), *columns])


class RowBuffer:
    """Collects the bytes of a COPY, which arrive in any pieces, and returns whole rows."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self._type = row_type(fields)
        self._widths = {name: self._type[name].itemsize for name in fields}
        self._pending = bytearray()
        self._skipped = 0

    def __len__(self) -> int:
        return len(self._pending)

    def add(self, data: bytes) -> None:
        header = min(HEADER_BYTES - self._skipped, len(data))
        self._skipped += header
        self._pending += data[header:]

    def take(self) -> Rows:
        """Return the rows that are complete. Raises `ValueError` if the width of a value is another one."""
        count = len(self._pending) // self._type.itemsize
        size = count * self._type.itemsize
        rows = np.frombuffer(bytes(self._pending[:size]), dtype=self._type)
        del self._pending[:size]
        if (rows[FIELDS] != len(self._widths)).any():
            raise ValueError("a row has another number of columns, or an earlier one another width")
        for name, width in self._widths.items():
            if (rows[name + FIELDS] != width).any():
                raise ValueError(f"a value of the column {name} has another width")
        return rows

    def end(self) -> None:
        """Raise `ValueError` if there is more left than the end of a COPY."""
        if bytes(self._pending) != TRAILER:
            raise ValueError("the rows do not end where their widths have them end")


class TextCodes:
    """Codes of the texts of a column, in the order in which they come first; `rows` are the keys of these rows."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self._hashes = np.array([NO_TEXT], dtype=np.int64)
        self._codes = np.array([MISSING_CODE], dtype=np.int32)

    def encode(self, hashes: NDArray[np.int64], keys: NDArray[np.void]) -> NDArray[np.int32]:
        """Return the code of each row (n,), -1 without a text."""
        index, is_new = self._find(hashes)
        if is_new.any():
            self._add(hashes[is_new], keys[is_new])
            index, _ = self._find(hashes)
        return np.asarray(self._codes[index])

    def _find(self, hashes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        index = np.searchsorted(self._hashes, hashes).clip(max=len(self._hashes) - 1)
        return index, np.asarray(self._hashes[index] != hashes)

    def _add(self, hashes: NDArray[np.int64], keys: NDArray[np.void]) -> None:
        _, first = np.unique(hashes, return_index=True)
        first.sort()
        added = np.concatenate([self._hashes, hashes[first]])
        codes = np.arange(len(self.rows), len(self.rows) + len(first), dtype=np.int32)
        self.rows += [key.tobytes() for key in keys[first]]
        order = np.argsort(added)
        self._hashes, self._codes = added[order], np.concatenate([self._codes, codes])[order]
