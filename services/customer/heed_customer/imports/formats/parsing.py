"""Parser of chunks into customers or purchases with their line numbers in the file. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import ValidationError

from heed_common.errors import HeedError
from heed_common.files.cells import split_cells
from heed_common.files.file_lines import OVERLONG_LINE
from heed_common.files.line_splitter import Line, LineSplitter
from heed_common.imports.lines import MAX_PROBLEMS, Problem, parse_cells, parse_document
from heed_common.problems import invalid
from heed_customer.commerce.purchases.rules import NewPurchase
from heed_customer.commerce.purchases.schemas import parse_purchase
from heed_customer.imports.formats.chunks import (
    SURPLUS_ROW,
    hash_external_id,
    normalize_external_id,
)
from heed_customer.imports.formats.contact_columns import REACH_COLUMNS, ImportedCustomer, parse_reach
from heed_customer.imports.formats.errors import LineRefused, LinesDiffer, PurchaseTooLarge
from heed_customer.imports.formats.headers import LINE_COLUMNS
from heed_customer.imports.formats.kinds import ImportKind
from heed_customer.records.customers.rules import CustomerLine
from heed_customer.records.customers.schemas import CustomerIn

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """Content and format of a chunk."""

    body: bytes
    first_line: int = 1
    columns: Sequence[str | None] | None = None
    """Of a CSV file; None for NDJSON, and for a column to ignore."""
    delimiter: str = ","
    line_numbers: Sequence[int] | None = None
    """Of gathered rows; those of other chunks are consecutive."""
    mapping: Mapping[str, str | None] | None = None
    """Of the members of NDJSON lines; the columns of a CSV file are mapped already."""


@dataclass(frozen=True, slots=True)
class ParsedItem(Generic[T_co]):
    """Parsed item of one or more lines, or the error."""

    lines: tuple[int, ...]
    value: T_co | HeedError
    size: int
    """Number of lines of the file."""
    by_rows: bool = False
    """Whether each line of the purchase is a separate line of the file."""


@dataclass(frozen=True, slots=True)
class _Row:
    record: Line
    key: str | None
    cells: dict[str, str] | HeedError


@dataclass(frozen=True, slots=True)
class PurchaseRows:
    """Consecutive rows of a CSV file that are lines of one purchase, or a single row without a key."""

    rows: Sequence[_Row]

    @property
    def key(self) -> int | None:
        """Hash of the external_id."""
        names = (row.key for row in self.rows if row.key)
        return next((hash_external_id(ImportKind.PURCHASES, name) for name in names), None)

    @property
    def bodies(self) -> dict[int, bytes]:
        """Rows by line number."""
        return {row.record.line: row.record.body or b"" for row in self.rows}


def parse_customers(source: Source) -> Iterator[ParsedItem[ImportedCustomer]]:
    """Parse one customer per line."""
    for record in _lines(source):
        yield ParsedItem((record.line,), _customer(_document(record, source)), record.lines)


def parse_purchases(source: Source) -> Iterator[ParsedItem[NewPurchase]]:
    """Parse one purchase per line; in CSV one per run of rows with the same external_id."""
    if source.columns is not None:
        for group in group_by_purchase(source):
            yield from parse_purchase_rows(group)
    else:
        for record in _lines(source):
            yield ParsedItem((record.line,), _purchase(_document(record, source)), record.lines)


def group_by_purchase(source: Source) -> Iterator[PurchaseRows]:
    """Group the rows of a CSV file by purchase."""
    rows = [_Row(record, _key(record, source), _cells(record, source)) for record in _lines(source)]
    return map(PurchaseRows, _grouped(rows))


def parse_purchase_rows(group: PurchaseRows) -> Iterator[ParsedItem[NewPurchase]]:
    """Parse the purchase of these rows. One invalid row makes all of them invalid."""
    rows = group.rows
    good = [(row.record, row.cells) for row in rows if isinstance(row.cells, dict)]
    for row in rows:
        if isinstance(row.cells, HeedError):
            yield ParsedItem((row.record.line,), row.cells, row.record.lines)
    if good:
        is_complete = len(good) == len(rows)
        value = _purchase_of_rows([cells for _, cells in good]) if is_complete else LineRefused()
        size = sum(record.lines for record, _ in good)
        yield ParsedItem(tuple(record.line for record, _ in good), value, size, by_rows=True)


def raw_lines(source: Source, item: ParsedItem[object]) -> dict[int, bytes]:
    """Return the raw lines of the item by line number."""
    return {record.line: record.body or b"" for record in _lines(source) if record.line in item.lines}


def count_lines(body: bytes) -> int:
    """Return the number of non-empty lines."""
    return sum(1 for line in body.split(b"\n") if line)


def problems_of(item: ParsedItem[object], error: HeedError) -> list[Problem]:
    """Return the problems of a rejected item: line, column and broken rule."""
    entries = getattr(error, "errors", None) or [{"pointer": error.pointer or "", "detail": error.detail}]
    return [_problem(item, entry, code=error.code) for entry in entries[:MAX_PROBLEMS]]


def _problem(item: ParsedItem[object], entry: Mapping[str, str], *, code: str) -> Problem:
    path = entry["pointer"].split("/")[1:]
    line = item.lines[0]
    if item.by_rows and len(path) > 1:
        line, path = item.lines[int(path[1])], path[2:]
    return Problem(line, ".".join(path) or None, code, entry["detail"])


def _lines(source: Source) -> Iterator[Line]:
    splitter = LineSplitter(
        delimiter=None if source.columns is None else source.delimiter, first_line=source.first_line
    )
    records = (record for record in (*splitter.feed(source.body), *splitter.end()) if record.body)
    if source.line_numbers is None:
        yield from records
    else:
        for number, record in zip(source.line_numbers, records, strict=True):
            yield replace(record, line=number)


def _customer(document: object) -> ImportedCustomer | HeedError:
    """Return the customer with the fields of the line; an empty cell is no field."""
    if isinstance(document, HeedError):
        return document
    fields = document if isinstance(document, dict) else {}
    reach = {name: fields[name] for name in REACH_COLUMNS & fields.keys()}
    rest = {name: value for name, value in fields.items() if name not in reach} if reach else document
    try:
        body = CustomerIn.model_validate(rest)
        line = CustomerLine(body.to_domain(), frozenset(body.model_fields_set))
        return parse_reach(line, reach) if reach else ImportedCustomer(line)
    except ValidationError as error:
        return invalid(error)


def _purchase(document: object) -> NewPurchase | HeedError:
    if isinstance(document, HeedError):
        return document
    try:
        return parse_purchase(document)
    except ValidationError as error:
        return invalid(error)


def _document(record: Line, source: Source) -> object:
    if source.columns is not None:
        return _cells(record, source)
    try:
        return parse_document(record.body or b"", mapping=source.mapping)
    except HeedError as error:
        return error


def _cells(record: Line, source: Source) -> dict[str, str] | HeedError:
    """Return the cells that are not empty by their columns."""
    body = record.body or b""
    if body.startswith(SURPLUS_ROW):
        return PurchaseTooLarge()
    try:
        return parse_cells(body, columns=source.columns or (), delimiter=source.delimiter)
    except HeedError as error:
        return error


def _key(record: Line, source: Source) -> str | None:
    """Return the external_id of the row, as far as it can be read."""
    body = record.body or b""
    if body.startswith(OVERLONG_LINE):
        return body.removeprefix(SURPLUS_ROW).decode() or None if body.startswith(SURPLUS_ROW) else None
    cells, position = split_cells(body, source.delimiter) or (), list(source.columns or ()).index("external_id")
    return normalize_external_id(cells[position]) if position < len(cells) else None


def _grouped(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Group rows of one purchase. A row without a key belongs to it if it is between two of its rows."""
    group: list[_Row] = []
    waiting: list[_Row] = []
    for row in rows:
        if row.key is None:
            waiting.append(row)
            continue
        if group and group[0].key == row.key:
            group += [*waiting, row]
        else:
            yield from _ended(group, waiting)
            group = [row]
        waiting = []
    yield from _ended(group, waiting)


def _ended(group: list[_Row], waiting: list[_Row]) -> Iterator[list[_Row]]:
    if group:
        yield group
    yield from ([row] for row in waiting)


def _purchase_of_rows(rows: Sequence[dict[str, str]]) -> NewPurchase | HeedError:
    head = {name: cell for name, cell in rows[0].items() if name not in LINE_COLUMNS}
    for index, row in enumerate(rows):
        for name, cell in row.items():
            if name not in LINE_COLUMNS and cell != head.get(name):
                return LinesDiffer(pointer=f"/lines/{index}/{name}")
    lines = [{name: cell for name, cell in row.items() if name in LINE_COLUMNS} for row in rows]
    return _purchase({**head, "lines": lines})
