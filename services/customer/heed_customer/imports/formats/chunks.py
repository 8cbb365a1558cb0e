"""Splitter of a file into the chunks in which it is processed. Pure; memory is bounded by one chunk."""

import hashlib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from heed_common.files.cells import split_cells
from heed_common.files.encodings import Encoding
from heed_common.files.file_lines import OVERLONG_LINE, FileLines, with_line_ends
from heed_common.files.line_splitter import MAX_LINE_BYTES, Line
from heed_common.files.media_types import FileType
from heed_common.imports.chunks import CHUNK_BYTES, CHUNK_LINES, Layout
from heed_common.imports.headers import detect_delimiter, parse_header
from heed_common.imports.lines import map_fields
from heed_customer.commerce.purchases.schemas import MAX_LINES
from heed_customer.imports.formats.headers import COLUMNS
from heed_customer.imports.formats.kinds import ImportKind

SURPLUS_ROW = b"\x00\x01"
"""Replaces, followed by the key, a row with which its purchase would become too large."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the file with its line ends, so that line numbers can be counted again."""

    number: int
    first_line: int
    body: bytes
    lines: int
    """Number of lines that are not blank."""
    keys: tuple[int, ...] = ()
    """Hashes of the external_ids of the chunk's items, one for each run of consecutive rows."""
    references: tuple[int, ...] = ()
    """Hashes of the external_ids of the customers to which its items refer."""


@dataclass(slots=True)
class _ChunkBuilder:
    """A chunk under construction."""

    first_line: int = 0
    bodies: list[bytes] = field(default_factory=list)
    size: int = 0
    lines: int = 0
    keys: list[int] = field(default_factory=list)
    references: dict[int, None] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        return len(self.bodies) >= CHUNK_LINES or self.size >= CHUNK_BYTES

    def append(self, line: Line, body: bytes) -> None:
        if not self.bodies:
            self.first_line = line.line
        self.bodies.append(with_line_ends(line, body))
        self.size += len(self.bodies[-1]) + 1
        self.lines += body.count(b"\n") + 1 if body else 0

    def add_hashes(self, key: int | None, reference: int | None) -> None:
        if key is not None and key not in self.keys[-1:]:
            self.keys.append(key)
        if reference is not None:
            self.references[reference] = None


class Chunker:
    """Yields chunks while the file arrives; consecutive rows of one purchase stay in one chunk."""

    def __init__(
        self,
        *,
        kind: ImportKind,
        file_type: FileType,
        declared: Encoding | None = None,
        mapping: Mapping[str, str | None] | None = None,
    ) -> None:
        self._kind, self._mapping = kind, mapping
        self._is_rows_of_purchases = file_type is FileType.CSV and kind is ImportKind.PURCHASES
        self._lines = FileLines[str | None](
            is_csv=file_type is FileType.CSV,
            declared=declared,
            detect_delimiter=partial(detect_delimiter, expected=COLUMNS[kind], mapping=mapping),
            parse_header=partial(parse_header, expected=COLUMNS[kind], mapping=mapping),
        )
        self._number = 0
        self._builder = _ChunkBuilder()
        self._run = _Run()

    @property
    def layout(self) -> Layout:
        return Layout(self._lines.columns, self._lines.delimiter, self._lines.encoding)

    def feed(self, data: bytes) -> Iterator[Chunk]:
        for line, body in self._lines.feed(data):
            yield from self._add(line, body)

    def end(self) -> Iterator[Chunk]:
        """Yield the rest. Raises `HeaderRefused` for a CSV file without a header."""
        for line, body in self._lines.end():
            yield from self._add(line, body)
        if self._builder.bodies:
            yield self._take_chunk()

    def _add(self, line: Line, body: bytes) -> Iterator[Chunk]:
        key, reference = self._external_ids(body)
        if self._is_rows_of_purchases and body and not self._run.add(key, len(body)):
            body = SURPLUS_ROW + (key or "").encode()
        if self._builder.is_full and (not self._is_rows_of_purchases or self._run.can_end_chunk):
            yield self._take_chunk()
        self._builder.append(line, body)
        self._builder.add_hashes(
            hash_external_id(self._kind, key) if key else None,
            hash_external_id(ImportKind.CUSTOMERS, reference) if reference else None,
        )

    def _take_chunk(self) -> Chunk:
        self._number += 1
        builder, self._builder = self._builder, _ChunkBuilder()
        body = b"\n".join(builder.bodies) + b"\n"
        keys, references = tuple(builder.keys), tuple(builder.references)
        return Chunk(self._number, builder.first_line, body, builder.lines, keys, references)

    def _external_ids(self, body: bytes) -> tuple[str | None, str | None]:
        """Return the external_id of the item and of the customer to which it refers, as far as they can be read."""
        if not body or body.startswith(OVERLONG_LINE):
            return None, None
        columns, delimiter = self._lines.columns, self._lines.delimiter
        if columns is None:
            return _external_ids_of_document(body, self._mapping)
        cells = dict(zip(columns, split_cells(body, delimiter or ",") or (), strict=False))
        return normalize_external_id(cells.get("external_id")), normalize_external_id(cells.get("customer_external_id"))


class _Run:
    """Consecutive rows of one purchase."""

    def __init__(self) -> None:
        self.can_end_chunk = True
        self._key: str | None = None
        self._rows = self._bytes = 0

    def add(self, key: str | None, size: int) -> bool:
        """Add a row. Return whether its purchase still fits. A row without a key neither ends nor starts a run."""
        if key is None:
            return True
        if key != self._key:
            self.can_end_chunk, self._key, self._rows, self._bytes = True, key, 0, 0
        else:
            # Once a row is dropped the purchase will be rejected, so its other rows may be in any chunk.
            self.can_end_chunk = self._is_too_large()
        self._rows += 1
        self._bytes += size
        return not self._is_too_large()

    def _is_too_large(self) -> bool:
        return self._rows > MAX_LINES or self._bytes > MAX_LINE_BYTES


def normalize_external_id(external_id: object) -> str | None:
    """Return the external_id in its normal form; None for anything but a text."""
    return unicodedata.normalize("NFC", external_id).strip() if isinstance(external_id, str) else None


def hash_external_id(kind: ImportKind, external_id: str) -> int:
    """Return a hash of 64 bits. A collision only makes an import wait or gather rows unnecessarily."""
    text = f"{kind.value}:{external_id}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), signed=True)


def _external_ids_of_document(body: bytes, mapping: Mapping[str, str | None] | None) -> tuple[str | None, str | None]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None, None
    if not isinstance(document, dict):
        return None, None
    fields = map_fields(document, mapping)
    return normalize_external_id(fields.get("external_id")), normalize_external_id(fields.get("customer_external_id"))
