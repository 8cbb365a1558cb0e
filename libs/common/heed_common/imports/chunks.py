"""Splitter of a file into the chunks in which it is processed. Pure; memory is bounded by one chunk."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from heed_common.files.encodings import Encoding
from heed_common.files.file_lines import FileLines, with_line_ends
from heed_common.files.line_splitter import Line
from heed_common.files.media_types import FileType

CHUNK_LINES = 1000
CHUNK_BYTES = 256 * 1024
"""A chunk is parsed in one step; a larger one would block other callers of the same process."""


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

    columns: list[str | None] | None = None
    """Fields of the columns of a CSV file; None for a column to ignore."""
    delimiter: str | None = None
    encoding: Encoding = Encoding.UTF_8


class Chunker:
    """Yields chunks while the file arrives."""

    def __init__(
        self,
        *,
        file_type: FileType,
        declared: Encoding | None,
        detect_delimiter: Callable[[bytes], str],
        parse_header: Callable[[bytes, str], list[str | None]],
    ) -> None:
        self._file = FileLines[str | None](
            is_csv=file_type is FileType.CSV,
            declared=declared,
            detect_delimiter=detect_delimiter,
            parse_header=parse_header,
        )
        self._number = 0
        self._first_line = 0
        self._bodies: list[bytes] = []
        self._size = 0

    @property
    def layout(self) -> Layout:
        return Layout(self._file.columns, self._file.delimiter, self._file.encoding)

    def feed(self, data: bytes) -> Iterator[Chunk]:
        for line, body in self._file.feed(data):
            yield from self._add(line, body)

    def end(self) -> Iterator[Chunk]:
        """Yield the rest. Raises `HeaderRefused` for a CSV file without a header."""
        for line, body in self._file.end():
            yield from self._add(line, body)
        if self._bodies:
            yield self._take_chunk()

    def _add(self, line: Line, body: bytes) -> Iterator[Chunk]:
        if not self._bodies:
            self._first_line = line.line
        self._bodies.append(with_line_ends(line, body))
        self._size += len(body) + 1
        if len(self._bodies) >= CHUNK_LINES or self._size > CHUNK_BYTES:
            yield self._take_chunk()

    def _take_chunk(self) -> Chunk:
        self._number += 1
        bodies, self._bodies, self._size = self._bodies, [], 0
        lines = sum(bool(body.strip()) for body in bodies)
        return Chunk(self._number, self._first_line, b"\n".join(bodies) + b"\n", lines)
