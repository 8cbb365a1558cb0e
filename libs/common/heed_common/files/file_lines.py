"""Lines of an uploaded file while it arrives: decoded, split, and in CSV behind the header. Pure."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from heed_common.files.cells import is_empty_row, parse_separator
from heed_common.files.encodings import Decoder, Encoding, LineEnds
from heed_common.files.errors import HeaderRefused
from heed_common.files.line_splitter import Line, LineSplitter

OVERLONG_LINE = b"\x00"
"""Replaces a line of more than 1 MiB."""
Column = TypeVar("Column")


class FileLines(Generic[Column]):
    """Yields lines that have a body: that of an empty row is empty, that of a line that is too long a mark.

    A CSV file may begin with empty rows and with `sep=`. Then `detect_delimiter` and `parse_header` get its header.
    """

    def __init__(
        self,
        *,
        is_csv: bool,
        declared: Encoding | None,
        detect_delimiter: Callable[[bytes], str],
        parse_header: Callable[[bytes, str], list[Column]],
    ) -> None:
        self.columns: list[Column] | None = None
        self.delimiter: str | None = None
        self._is_csv, self._detect_delimiter, self._parse_header = is_csv, detect_delimiter, parse_header
        self._decoder = Decoder(declared)
        self._line_ends = LineEnds() if is_csv else None
        self._splitter = LineSplitter()

    @property
    def encoding(self) -> Encoding:
        return self._decoder.encoding

    def feed(self, data: bytes) -> Iterator[tuple[Line, bytes]]:
        """Yield the lines that these bytes complete, each with its body."""
        for line in self._splitter.feed(self._decode(data, is_last=False)):
            yield from self._read(line)

    def end(self) -> Iterator[tuple[Line, bytes]]:
        """Yield the rest. Raises `HeaderRefused` for a CSV file without a header."""
        for line in self._splitter.feed(self._decode(b"", is_last=True)):
            yield from self._read(line)
        for line in self._splitter.end():
            yield from self._read(line)
        if self._is_csv and self.columns is None:
            raise HeaderRefused

    def _decode(self, data: bytes, *, is_last: bool) -> bytes:
        text = self._decoder.feed(data, is_last=is_last)
        return (text if self._line_ends is None else self._line_ends.feed(text, is_last=is_last)).encode()

    def _read(self, line: Line) -> Iterator[tuple[Line, bytes]]:
        body = OVERLONG_LINE if line.body is None else line.body
        if self._is_csv and self.columns is None:
            self._read_header(body)
        else:
            yield line, b"" if is_empty_row(body, self.delimiter) else body

    def _read_header(self, body: bytes) -> None:
        if is_empty_row(body, self.delimiter):
            return
        if self.delimiter is None and (separator := parse_separator(body)) is not None:
            self.delimiter = separator
            return
        self.delimiter = self.delimiter or self._detect_delimiter(body)
        self.columns = self._parse_header(body, self.delimiter)
        self._splitter.delimiter = self.delimiter


def with_line_ends(line: Line, body: bytes) -> bytes:
    """Return the body with as many line ends as the line had, so that line numbers can be counted again.

    A quoted cell may have some, which a replacement lacks.
    """
    return body + b"\n" * (line.lines - 1 - body.count(b"\n"))
