"""How a file becomes chunks that are processed one by one. Pure, and flat in memory."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field

from heed_customer.errors import HeaderRefused
from heed_customer.imports.encodings import Decoder, Encoding, LineEnds
from heed_customer.imports.headers import detect_delimiter, is_empty_row, read_cells, read_header, read_separator
from heed_customer.imports.kinds import Format, Kind
from heed_customer.imports.line_splitter import MAX_LINE_BYTES, Cutter, Record
from heed_customer.purchases.schemas import MAX_LINES

CHUNK_LINES = 1000
CHUNK_BYTES = 256 * 1024
"""A chunk is parsed in one step; a larger one would block other callers of the same process."""
TOO_LONG = b"\x00"
"""Stands in the chunk for a line of more than 1 MiB."""
SURPLUS = b"\x00\x01"
"""Stands in the chunk, before the key, for a line that would make a purchase larger than one may be."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of the file with its line ends, so that the line numbers can be counted again."""

    number: int
    first_line: int
    body: bytes
    lines: int
    """Those that are not blank."""
    keys: tuple[int, ...] = ()
    """Hashes of the external_ids that the chunk brings: one for each stretch of rows that has the same."""
    references: tuple[int, ...] = ()
    """Hashes of the external_ids of customers that it names."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written, as found out while it was read."""

    columns: list[str] | None = None
    delimiter: str | None = None
    encoding: Encoding = Encoding.UTF_8


@dataclass(slots=True)
class _Draft:
    """The chunk that is being filled."""

    first_line: int = 0
    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    lines: int = 0
    keys: list[int] = field(default_factory=list)
    references: dict[int, None] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.pieces) >= CHUNK_LINES or self.size >= CHUNK_BYTES

    def append(self, record: Record, body: bytes) -> None:
        if not self.pieces:
            self.first_line = record.line
        blank_lines_for_those_left_out = b"\n" * (record.lines - 1 - body.count(b"\n"))
        self.pieces.append(body + blank_lines_for_those_left_out)
        self.size += len(self.pieces[-1]) + 1
        self.lines += body.count(b"\n") + 1 if body else 0

    def add_names(self, key: int | None, reference: int | None) -> None:
        if key is not None and key not in self.keys[-1:]:
            self.keys.append(key)
        if reference is not None:
            self.references[reference] = None


class Chunker:
    """Takes the file as it comes and yields chunks; consecutive rows of one purchase stay in one chunk."""

    def __init__(self, *, kind: Kind, file_format: Format, declared: Encoding | None = None) -> None:
        self.columns: list[str] | None = None
        self.delimiter: str | None = None
        self._kind, self._format = kind, file_format
        self._by_rows = file_format is Format.CSV and kind is Kind.PURCHASES
        self._decoder = Decoder(declared)
        self._line_ends = LineEnds() if file_format is Format.CSV else None
        self._cutter = Cutter()
        self._number = 0
        self._draft = _Draft()
        self._run = _Run()

    @property
    def layout(self) -> Layout:
        return Layout(self.columns, self.delimiter, self._decoder.encoding)

    def feed(self, data: bytes) -> Iterator[Chunk]:
        for record in self._cutter.feed(self._decoded(data, is_last=False)):
            yield from self._add(record)

    def end(self) -> Iterator[Chunk]:
        for record in self._cutter.feed(self._decoded(b"", is_last=True)):
            yield from self._add(record)
        for record in self._cutter.end():
            yield from self._add(record)
        if self._format is Format.CSV and self.columns is None:
            raise HeaderRefused
        if self._draft.pieces:
            yield self._cut()

    def _decoded(self, data: bytes, *, is_last: bool) -> bytes:
        text = self._decoder.feed(data, is_last=is_last)
        return (text if self._line_ends is None else self._line_ends.feed(text, is_last=is_last)).encode()

    def _add(self, record: Record) -> Iterator[Chunk]:
        body = TOO_LONG if record.body is None else record.body
        if self._format is Format.CSV:
            if self.columns is None:
                self._read_header(body)
                return
            if is_empty_row(body, self.delimiter):
                body = b""
        key, reference = self._names(body)
        if self._by_rows and body and not self._run.take(key, len(body)):
            body = SURPLUS + (key or "").encode()
        if self._draft.is_full and (not self._by_rows or self._run.may_be_cut):
            yield self._cut()
        self._draft.append(record, body)
        self._draft.add_names(
            name_hash(self._kind, key) if key else None, name_hash(Kind.CUSTOMERS, reference) if reference else None
        )

    def _read_header(self, body: bytes) -> None:
        """Read one of the first lines: `sep=`, an empty one, or the one with the names of the columns."""
        if is_empty_row(body, self.delimiter):
            return
        if self.delimiter is None and (separator := read_separator(body)) is not None:
            self.delimiter = separator
            return
        self.delimiter = self.delimiter or detect_delimiter(body, kind=self._kind)
        self.columns = read_header(body, kind=self._kind, delimiter=self.delimiter)
        self._cutter.delimiter = self.delimiter

    def _cut(self) -> Chunk:
        self._number += 1
        draft, self._draft = self._draft, _Draft()
        body = b"\n".join(draft.pieces) + b"\n"
        keys, references = tuple(draft.keys), tuple(draft.references)
        return Chunk(self._number, draft.first_line, body, draft.lines, keys, references)

    def _names(self, body: bytes) -> tuple[str | None, str | None]:
        """Return the external_id that the line brings and that of the customer it names, as far as can be read."""
        if not body or body.startswith(TOO_LONG):
            return None, None
        if self.columns is None:
            return _names_of_document(body)
        cells = dict(zip(self.columns, read_cells(body, self.delimiter or ",") or (), strict=False))
        return normalized(cells.get("external_id")), normalized(cells.get("customer_external_id"))


class _Run:
    """Rows of one purchase that follow one another."""

    def __init__(self) -> None:
        self.may_be_cut = True
        self._key: str | None = None
        self._rows = self._bytes = 0

    def take(self, key: str | None, size: int) -> bool:
        """Return whether the row still fits into its purchase. A row without a key neither ends nor begins a run."""
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


def normalized(external_id: object) -> str | None:
    """Return the external_id without what may differ between two spellings of the same; none where there is none."""
    return unicodedata.normalize("NFC", external_id).strip() if isinstance(external_id, str) else None


def name_hash(kind: Kind, external_id: str) -> int:
    """Return 64 bits that stand for the name. A collision makes an import wait or gather rows for nothing."""
    name = f"{kind.value}:{external_id}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), signed=True)


def _names_of_document(body: bytes) -> tuple[str | None, str | None]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(document, dict):
        return None, None
    return normalized(document.get("external_id")), normalized(document.get("customer_external_id"))
