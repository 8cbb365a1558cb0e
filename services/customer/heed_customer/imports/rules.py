"""How the lines of a file become chunks that are worked off one by one. Pure, and flat in memory."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from heed_customer.errors import HeaderRefused
from heed_customer.imports.lines import MAX_LINE_BYTES, Cutter, Record
from heed_customer.purchases.schemas import MAX_LINES

CHUNK_LINES = 1000
CHUNK_BYTES = 256 * 1024
"""A chunk is parsed in one step; a larger one would block other callers of the same process."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TOO_LONG = b"\x00"
"""Stands in the chunk for a line of more than 1 MiB."""
SURPLUS = b"\x01"
"""Stands in the chunk for a line that would make a purchase larger than one may be."""


class Kind(StrEnum):
    CUSTOMERS = "customers"
    PURCHASES = "purchases"


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Columns:
    """What the header of a CSV file may name, and must."""

    known: frozenset[str]
    needed: frozenset[str]
    one_of: frozenset[str] = frozenset()


PURCHASE_COLUMNS = ("external_id", "customer_id", "customer_external_id", "kind", "occurred_at", "currency")
LINE_COLUMNS = ("sku", "category", "quantity", "unit_price", "unit_cost")
COLUMNS = {
    Kind.CUSTOMERS: Columns(
        known=frozenset(
            ("external_id", "kind", "role", "buyer_type", "name", "language", "time_zone", "region", "owner")
        ),
        needed=frozenset(("kind", "name")),
    ),
    Kind.PURCHASES: Columns(
        known=frozenset((*PURCHASE_COLUMNS, *LINE_COLUMNS, "service_point_id")),
        needed=frozenset(("external_id", "occurred_at", "currency", "sku", "category", "quantity", "unit_price")),
        one_of=frozenset(("customer_id", "customer_external_id")),
    ),
}


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the file with its line ends, so that the numbers of the lines can be told again."""

    number: int
    first_line: int
    body: bytes
    lines: int
    """Those that are not blank."""


class Chunker:
    """Takes the file as it comes and gives chunks; rows of one purchase stay in one chunk."""

    def __init__(self, *, kind: Kind, file_format: Format) -> None:
        self.columns: list[str] | None = None
        self._kind, self._format = kind, file_format
        self._by_rows = file_format is Format.CSV and kind is Kind.PURCHASES
        self._cutter = Cutter(quoted=file_format is Format.CSV)
        self._number = 0
        self._pieces: list[bytes] = []
        self._first_line = self._lines = self._bytes = 0
        self._run = _Run()

    def feed(self, data: bytes) -> Iterator[Chunk]:
        for record in self._cutter.feed(data):
            yield from self._add(record)

    def end(self) -> Iterator[Chunk]:
        for record in self._cutter.end():
            yield from self._add(record)
        if self._format is Format.CSV and self.columns is None:
            raise HeaderRefused
        if self._pieces:
            yield self._cut()

    def _add(self, record: Record) -> Iterator[Chunk]:
        body = TOO_LONG if record.body is None else record.body
        if record.line == 1:
            body = body.removeprefix(BYTE_ORDER_MARK)
        if self._format is Format.CSV and self.columns is None:
            self.columns = read_header(body, kind=self._kind) if body else None
            return
        if self._by_rows and body and not self._run.take(self._key(body), len(body)):
            body = SURPLUS
        if self._is_full() and (not self._by_rows or self._run.may_be_cut):
            yield self._cut()
        self._append(record, body)

    def _append(self, record: Record, body: bytes) -> None:
        if not self._pieces:
            self._first_line = record.line
        blank_lines_for_those_left_out = b"\n" * (record.lines - 1 - body.count(b"\n"))
        self._pieces.append(body + blank_lines_for_those_left_out)
        self._bytes += len(self._pieces[-1]) + 1
        self._lines += record.lines if body else 0

    def _is_full(self) -> bool:
        return len(self._pieces) >= CHUNK_LINES or self._bytes >= CHUNK_BYTES

    def _cut(self) -> Chunk:
        self._number += 1
        chunk = Chunk(self._number, self._first_line, b"\n".join(self._pieces) + b"\n", self._lines)
        self._pieces, self._lines, self._bytes = [], 0, 0
        return chunk

    def _key(self, body: bytes) -> str | None:
        cells = read_cells(body)
        place = (self.columns or []).index("external_id")
        return cells[place] if cells is not None and place < len(cells) else None


class _Run:
    """Rows of one purchase that follow one another."""

    def __init__(self) -> None:
        self.may_be_cut = True
        self._key: str | None = None
        self._rows = self._bytes = 0

    def take(self, key: str | None, size: int) -> bool:
        """Whether the row still fits into its purchase. A row without a key neither ends a run nor begins one."""
        if key is None:
            return True
        if key != self._key:
            self.may_be_cut, self._key, self._rows, self._bytes = True, key, 0, 0
        else:
            # Once a row was left out the purchase is refused, and the rest of its rows may stand anywhere.
            self.may_be_cut = self._is_over()
        self._rows += 1
        self._bytes += size
        return not self._is_over()

    def _is_over(self) -> bool:
        return self._rows > MAX_LINES or self._bytes > MAX_LINE_BYTES


def read_header(body: bytes, *, kind: Kind) -> list[str]:
    """The columns of the file. Raises `HeaderRefused` where one is unknown, doubled or missing."""
    columns = [cell.strip() for cell in read_cells(body) or []]
    expected = COLUMNS[kind]
    for place, name in enumerate(columns, start=1):
        if name not in expected.known:
            raise HeaderRefused(f"Column {place} has a name that is not known here.")
        if name in columns[: place - 1]:
            raise HeaderRefused(f"Column {place} has the name of an earlier one.")
    if missing := sorted(expected.needed - set(columns)):
        raise HeaderRefused(f"These columns are missing: {', '.join(missing)}.")
    if expected.one_of and expected.one_of.isdisjoint(columns):
        raise HeaderRefused(f"One of these columns is needed: {', '.join(sorted(expected.one_of))}.")
    return columns


def read_cells(body: bytes) -> Sequence[str] | None:
    """The cells of a row, wrong bytes replaced; none where it is no row at all."""
    try:
        return next(csv.reader([body.decode("utf-8", errors="replace")]), None)
    except csv.Error:
        return None
