"""Splitter of a file of responses into chunks. Pure; memory is bounded by one chunk."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from heed_common.files.cells import DELIMITERS, header_names, is_empty_row, parse_separator
from heed_common.files.encodings import Decoder, Encoding, LineEnds
from heed_common.files.errors import HeaderRefused
from heed_common.files.line_splitter import Line, LineSplitter
from heed_common.files.media_types import FileType

CHUNK_LINES = 1000
CHUNK_BYTES = 256 * 1024
OVERLONG_LINE = b"\x00"
"""Replaces a line of more than 1 MiB."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A part of the file, with its line ends, so that line numbers can be counted again."""

    number: int
    first_line: int
    body: bytes
    lines: int
    """Number of lines that are not blank."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Format of a file, detected while it was received."""

    columns: list[str] | None
    delimiter: str | None
    encoding: Encoding


class Chunker:
    """Yields chunks while the file arrives."""

    def __init__(self, *, file_type: FileType, declared: Encoding | None, known: Callable[[str], bool]) -> None:
        self._is_csv, self._known = file_type is FileType.CSV, known
        self._columns: list[str] | None = None
        self._delimiter: str | None = None
        self._decoder = Decoder(declared)
        self._line_ends = LineEnds() if self._is_csv else None
        self._splitter = LineSplitter()
        self._number = 0
        self._lines: list[Line] = []
        self._size = 0

    @property
    def layout(self) -> Layout:
        return Layout(self._columns, self._delimiter, self._decoder.encoding)

    def feed(self, data: bytes) -> Iterator[Chunk]:
        for line in self._splitter.feed(self._decode(data, is_last=False)):
            yield from self._add(line)

    def end(self) -> Iterator[Chunk]:
        """Yield the rest. Raises `HeaderRefused` for a CSV file without a header."""
        for line in (*self._splitter.feed(self._decode(b"", is_last=True)), *self._splitter.end()):
            yield from self._add(line)
        if self._is_csv and self._columns is None:
            raise HeaderRefused
        if self._lines:
            yield self._take_chunk()

    def _decode(self, data: bytes, *, is_last: bool) -> bytes:
        text = self._decoder.feed(data, is_last=is_last)
        return (text if self._line_ends is None else self._line_ends.feed(text, is_last=is_last)).encode()

    def _add(self, line: Line) -> Iterator[Chunk]:
        body = OVERLONG_LINE if line.body is None else line.body
        if self._is_csv and self._columns is None:
            self._parse_header(body)
            return
        if is_empty_row(body, self._delimiter if self._is_csv else None):
            body = b""
        # A quoted cell may have line ends: those that a replacement lacks are added, so that line numbers stay right.
        padding = b"\n" * (line.lines - 1 - body.count(b"\n"))
        self._lines.append(Line(line.line, body + padding, line.lines))
        self._size += len(body) + 1
        if len(self._lines) >= CHUNK_LINES or self._size > CHUNK_BYTES:
            yield self._take_chunk()

    def _parse_header(self, body: bytes) -> None:
        if is_empty_row(body, self._delimiter):
            return
        if self._delimiter is None and (separator := parse_separator(body)) is not None:
            self._delimiter = separator
            return
        self._delimiter = self._delimiter or self._detect_delimiter(body)
        self._columns = check_columns(header_names(body, self._delimiter), self._known)
        self._splitter.delimiter = self._delimiter

    def _detect_delimiter(self, body: bytes) -> str:
        return max(DELIMITERS, key=lambda delimiter: sum(map(self._known, header_names(body, delimiter))))

    def _take_chunk(self) -> Chunk:
        self._number += 1
        lines, self._lines, self._size = self._lines, [], 0
        body = b"\n".join(line.body or b"" for line in lines) + b"\n"
        return Chunk(self._number, lines[0].line, body, sum(bool((line.body or b"").strip()) for line in lines))


def check_columns(names: Sequence[str], known: Callable[[str], bool]) -> list[str]:
    """Return the columns, without trailing ones that have no name. Raises `HeaderRefused`."""
    columns = list(names)
    while columns and not columns[-1]:
        del columns[-1]
    for position, name in enumerate(columns, start=1):
        if name and not known(name):
            raise HeaderRefused(f"Column {position} is neither an item of the survey nor known otherwise.")
        if name and name in columns[: position - 1]:
            raise HeaderRefused(f"Column {position} has the name of an earlier one.")
    return columns
