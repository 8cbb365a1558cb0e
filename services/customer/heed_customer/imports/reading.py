"""What the lines of a chunk say: customers or purchases, each with the lines that it stands on. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from pydantic import ValidationError

from heed_common.errors import HeedError, Unprocessable
from heed_common.problems import invalid
from heed_common.strict_json import ForbiddenText, NotJSON, loads
from heed_common.text import is_blank
from heed_customer.customers.rules import NewCustomer
from heed_customer.customers.schemas import CustomerIn
from heed_customer.imports.lines import Cutter, Record
from heed_customer.imports.rules import LINE_COLUMNS, SURPLUS, TOO_LONG, read_cells
from heed_customer.purchases.rules import NewPurchase
from heed_customer.purchases.schemas import PurchaseIn

MAX_PROBLEMS = 20
"""Of one item: whoever sees twenty knows enough."""


class LineTooLong(Unprocessable):
    code, title = "line_too_long", "A line may have at most 1 MiB."


class LineMalformed(Unprocessable):
    code, title = "line_malformed", "The line cannot be read: it is not what the file's format asks for, in UTF-8."


class PurchaseTooLarge(Unprocessable):
    code, title = "purchase_too_large", "A purchase may have at most 1000 lines and 1 MiB."


class LinesDiffer(Unprocessable):
    code, title = "lines_differ", "This differs from the first line of the same purchase."


class LineRefused(Unprocessable):
    code, title = "line_refused", "Another line of the same purchase could not be read."


T_co = TypeVar("T_co", covariant=True)
MARKERS: dict[bytes, type[HeedError]] = {TOO_LONG: LineTooLong, SURPLUS: PurchaseTooLarge}


class Readable(Protocol[T_co]):
    """A schema of a line."""

    @classmethod
    def model_validate(cls, obj: object) -> Self: ...

    def told(self) -> T_co: ...


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


def read_customers(body: bytes, *, first_line: int, columns: Sequence[str] | None) -> list[Item[NewCustomer]]:
    """One customer a line."""
    return [
        Item((record.line,), _validated(CustomerIn, _document(record, columns)), record.lines)
        for record in _records(body, first_line=first_line, quoted=columns is not None)
    ]


def read_purchases(body: bytes, *, first_line: int, columns: Sequence[str] | None) -> list[Item[NewPurchase]]:
    """One purchase a line; in CSV the rows of one external_id that follow one another."""
    records = _records(body, first_line=first_line, quoted=columns is not None)
    if columns is None:
        return [
            Item((record.line,), _validated(PurchaseIn, _document(record, None)), record.lines) for record in records
        ]
    rows = [_Row(record, _key(record, columns), _cells(record, columns)) for record in records]
    return [item for purchase in _grouped(rows) for item in _read_rows(purchase)]


def raw_lines(body: bytes, item: Item[object], first_line: int, columns: Sequence[str] | None) -> bytes:
    """Return the raw lines of the item; each keeps its distance from the first line."""
    records = [
        record
        for record in _records(body, first_line=first_line, quoted=columns is not None)
        if record.line in item.lines
    ]
    raw, line = bytearray(), item.lines[0]
    for record in records:
        raw += b"\n" * (record.line - line) + (record.body or b"") + b"\n"
        line = record.line + record.lines
    return bytes(raw)


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


def _records(body: bytes, *, first_line: int, quoted: bool) -> list[Record]:
    cutter = Cutter(quoted=quoted, first_line=first_line)
    return [record for record in (*cutter.feed(body), *cutter.end()) if record.body]


def _validated(schema: type[Readable[T_co]], document: object) -> T_co | HeedError:
    if isinstance(document, HeedError):
        return document
    try:
        return schema.model_validate(document).told()
    except ValidationError as error:
        return invalid(error)


def _document(record: Record, columns: Sequence[str] | None) -> object:
    if columns is not None:
        return _cells(record, columns)
    if record.body == TOO_LONG:
        return LineTooLong()
    try:
        return loads(record.body or b"")
    except NotJSON:
        return LineMalformed()
    except ForbiddenText as error:
        return LineMalformed(str(error))


def _cells(record: Record, columns: Sequence[str]) -> dict[str, str] | HeedError:
    body = record.body or b""
    if body in MARKERS:
        return MARKERS[body]()
    try:
        body.decode()
    except UnicodeDecodeError:
        return LineMalformed()
    cells = read_cells(body)
    if cells is None or len(cells) != len(columns):
        return LineMalformed("The row does not have as many cells as the header.")
    return {name: cell for name, cell in zip(columns, cells, strict=True) if not is_blank(cell)}


def _key(record: Record, columns: Sequence[str]) -> str | None:
    """Whose row it is, as far as can be read."""
    cells = read_cells(record.body or b"") or ()
    place = columns.index("external_id")
    return cells[place] if place < len(cells) and record.body not in MARKERS else None


def _grouped(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Rows of one purchase. One that cannot be told belongs to it where it stands between two of its rows."""
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
    """Rows that were left out of a purchase refuse it; other strays stand alone."""
    surplus = [row for row in waiting if row.record.body == SURPLUS]
    if group:
        yield group + surplus
        surplus = []
    yield from ([row] for row in waiting if row.record.body != SURPLUS)
    yield from ([row] for row in surplus)


def _read_rows(rows: Sequence[_Row]) -> Iterator[Item[NewPurchase]]:
    good = [(row.record, row.cells) for row in rows if isinstance(row.cells, dict)]
    for row in rows:
        if isinstance(row.cells, HeedError):
            yield Item((row.record.line,), row.cells, row.record.lines)
    if good:
        whole = len(good) == len(rows)
        told = _purchase([cells for _, cells in good]) if whole else LineRefused()
        size = sum(record.lines for record, _ in good)
        yield Item(tuple(record.line for record, _ in good), told, size, by_rows=True)


def _purchase(rows: Sequence[dict[str, str]]) -> NewPurchase | HeedError:
    head = {name: cell for name, cell in rows[0].items() if name not in LINE_COLUMNS}
    for place, row in enumerate(rows):
        for name, cell in row.items():
            if name not in LINE_COLUMNS and cell != head.get(name):
                return LinesDiffer(pointer=f"/lines/{place}/{name}")
    lines = [{name: cell for name, cell in row.items() if name in LINE_COLUMNS} for row in rows]
    return _validated(PurchaseIn, {**head, "lines": lines})
