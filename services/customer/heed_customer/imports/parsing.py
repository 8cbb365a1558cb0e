"""Contents of a chunk: customers or purchases, each with the line numbers that it has in the file. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import ValidationError

from heed_common.errors import HeedError, Unprocessable
from heed_common.problems import invalid
from heed_common.strict_json import NotJSON, UnstorableText, loads
from heed_common.text import is_blank
from heed_customer.customers.rules import CustomerRecord
from heed_customer.customers.schemas import CustomerIn
from heed_customer.imports.headers import LINE_COLUMNS, read_cells
from heed_customer.imports.kinds import Kind
from heed_customer.imports.line_splitter import Cutter, Record
from heed_customer.imports.rules import SURPLUS, TOO_LONG, name_hash, normalized
from heed_customer.purchases.rules import NewPurchase
from heed_customer.purchases.schemas import PurchaseIn

MAX_PROBLEMS = 20
"""Of one item: whoever sees twenty knows enough."""


class LineTooLong(Unprocessable):
    code, title = "line_too_long", "A line may have at most 1 MiB."


class LineMalformed(Unprocessable):
    code, title = "line_malformed", "The line cannot be read: it is not what the file's format asks for."


class PurchaseTooLarge(Unprocessable):
    code, title = "purchase_too_large", "A purchase may have at most 1000 lines and 1 MiB."


class LinesDiffer(Unprocessable):
    code, title = "lines_differ", "This differs from the first line of the same purchase."


class LineRefused(Unprocessable):
    code, title = "line_refused", "Another line of the same purchase could not be read."


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Source:
    """How the lines of a chunk are written."""

    body: bytes
    first_line: int = 1
    columns: Sequence[str] | None = None
    """Of a CSV file; none for NDJSON."""
    delimiter: str = ","
    line_numbers: Sequence[int] | None = None
    """Of rows that were gathered; all others follow one another from the first line on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line was not taken, without a word of what stood in it."""

    line: int
    column: str | None
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Item(Generic[T_co]):
    """What is told on these lines, or why it cannot be read."""

    lines: tuple[int, ...]
    told: T_co | HeedError
    size: int
    """How many lines of the file that are."""
    by_rows: bool = False
    """Whether each line of the purchase has a line of the file to itself."""


@dataclass(frozen=True, slots=True)
class _Row:
    record: Record
    key: str | None
    cells: dict[str, str] | HeedError


@dataclass(frozen=True, slots=True)
class PurchaseRows:
    """Rows of a CSV file that follow one another and are lines of one purchase, or a row of which that is unknown."""

    rows: Sequence[_Row]

    @property
    def key(self) -> int | None:
        """The hash of the external_id."""
        names = (row.key for row in self.rows if row.key)
        return next((name_hash(Kind.PURCHASES, name) for name in names), None)

    @property
    def bodies(self) -> dict[int, bytes]:
        """The rows by their line numbers."""
        return {row.record.line: row.record.body or b"" for row in self.rows}


def read_customers(source: Source) -> Iterator[Item[CustomerRecord]]:
    """Read one customer a line."""
    for record in _records(source):
        yield Item((record.line,), _customer(_document(record, source)), record.lines)


def read_purchases(source: Source) -> Iterator[Item[NewPurchase]]:
    """Read one purchase a line; in CSV the rows of one external_id that follow one another."""
    if source.columns is not None:
        for group in group_rows(source):
            yield from read_rows(group)
    else:
        for record in _records(source):
            yield Item((record.line,), _purchase(_document(record, source)), record.lines)


def group_rows(source: Source) -> Iterator[PurchaseRows]:
    """Group the rows of a CSV file by purchase."""
    rows = [_Row(record, _key(record, source), _cells(record, source)) for record in _records(source)]
    return map(PurchaseRows, _grouped(rows))


def read_rows(group: PurchaseRows) -> Iterator[Item[NewPurchase]]:
    """Read the purchase of these rows. One row that cannot be read refuses all of them."""
    rows = group.rows
    good = [(row.record, row.cells) for row in rows if isinstance(row.cells, dict)]
    for row in rows:
        if isinstance(row.cells, HeedError):
            yield Item((row.record.line,), row.cells, row.record.lines)
    if good:
        whole = len(good) == len(rows)
        told = _purchase_of_rows([cells for _, cells in good]) if whole else LineRefused()
        size = sum(record.lines for record, _ in good)
        yield Item(tuple(record.line for record, _ in good), told, size, by_rows=True)


def raw_lines(source: Source, item: Item[object]) -> dict[int, bytes]:
    """Return the raw lines of the item by their numbers."""
    return {record.line: record.body or b"" for record in _records(source) if record.line in item.lines}


def count_lines(body: bytes) -> int:
    """Return the number of lines in a chunk, whatever they contain."""
    return sum(1 for line in body.split(b"\n") if line)


def problems_of(item: Item[object], error: HeedError) -> list[Problem]:
    """What to tell of an item that was not taken: where on its lines, and which rule it broke."""
    entries = getattr(error, "errors", None) or [{"pointer": error.pointer or "", "detail": error.detail}]
    return [_problem(item, entry, code=error.code) for entry in entries[:MAX_PROBLEMS]]


def _problem(item: Item[object], entry: Mapping[str, str], *, code: str) -> Problem:
    path = entry["pointer"].split("/")[1:]
    line = item.lines[0]
    if item.by_rows and len(path) > 1:
        line, path = item.lines[int(path[1])], path[2:]
    return Problem(line, ".".join(path) or None, code, entry["detail"])


def _records(source: Source) -> Iterator[Record]:
    cutter = Cutter(delimiter=None if source.columns is None else source.delimiter, first_line=source.first_line)
    records = (record for record in (*cutter.feed(source.body), *cutter.end()) if record.body)
    if source.line_numbers is None:
        yield from records
    else:
        for number, record in zip(source.line_numbers, records, strict=True):
            yield replace(record, line=number)


def _customer(document: object) -> CustomerRecord | HeedError:
    """Return the customer with the fields that the line has: an empty cell is no field."""
    if isinstance(document, HeedError):
        return document
    try:
        body = CustomerIn.model_validate(document)
    except ValidationError as error:
        return invalid(error)
    return CustomerRecord(body.told(), frozenset(body.model_fields_set))


def _purchase(document: object) -> NewPurchase | HeedError:
    if isinstance(document, HeedError):
        return document
    try:
        return PurchaseIn.model_validate(document).told()
    except ValidationError as error:
        return invalid(error)


def _document(record: Record, source: Source) -> object:
    body = record.body or b""
    if source.columns is not None:
        return _cells(record, source)
    if body == TOO_LONG:
        return LineTooLong()
    try:
        return loads(body)
    except NotJSON:
        return LineMalformed()
    except UnstorableText as error:
        return LineMalformed(str(error))


def _cells(record: Record, source: Source) -> dict[str, str] | HeedError:
    """Return the cells that are not empty by their columns."""
    body, columns = record.body or b"", source.columns or ()
    if body.startswith(TOO_LONG):
        return PurchaseTooLarge() if body.startswith(SURPLUS) else LineTooLong()
    cells = read_cells(body, source.delimiter)
    if cells is None or len(cells) < len(columns) or not all(map(is_blank, cells[len(columns) :])):
        return LineMalformed("The row does not have as many cells as the header.")
    if any(not is_blank(cell) for name, cell in zip(columns, cells, strict=False) if not name):
        return LineMalformed("A cell stands in a column that has no name.")
    return {name: cell for name, cell in zip(columns, cells, strict=False) if name and not is_blank(cell)}


def _key(record: Record, source: Source) -> str | None:
    """Return the external_id of the row, as far as it can be read."""
    body = record.body or b""
    if body.startswith(TOO_LONG):
        return body.removeprefix(SURPLUS).decode() or None if body.startswith(SURPLUS) else None
    cells, position = read_cells(body, source.delimiter) or (), list(source.columns or ()).index("external_id")
    return normalized(cells[position]) if position < len(cells) else None


def _grouped(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Group rows of one purchase. One without a key belongs to it where it stands between two of its rows."""
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
    for place, row in enumerate(rows):
        for name, cell in row.items():
            if name not in LINE_COLUMNS and cell != head.get(name):
                return LinesDiffer(pointer=f"/lines/{place}/{name}")
    lines = [{name: cell for name, cell in row.items() if name in LINE_COLUMNS} for row in rows]
    return _purchase({**head, "lines": lines})
