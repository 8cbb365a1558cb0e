"""Splitter of a byte stream into lines. Pure; memory is bounded by one line."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

MAX_LINE_BYTES = 1024 * 1024

QUOTED = rb'"[^"]*+(?:""[^"]*+)*+'


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or in CSV the lines joined by quoted line ends. An overlong line has no body."""

    line: int
    body: bytes | None
    lines: int = 1


@cache
def _patterns(delimiter: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Return patterns of a line that opens a quoted cell, and of one in which an open cell stays open.

    Their quantifiers are possessive, so that no line causes catastrophic backtracking.
    """
    cut = re.escape(delimiter).encode()
    fields = rb"(?:(?:%s\"[^%s]*+|[^\"%s][^%s]*+|)%s)*+" % (QUOTED, cut, cut, cut, cut)
    stays_open = rb'[^"]*+(?:""[^"]*+)*+(?:"[^%s]*+%s%s%s)?+' % (cut, cut, fields, QUOTED)
    return re.compile(fields + QUOTED), re.compile(stays_open)


class LineSplitter:
    """Splits bytes into lines as they arrive; buffers at most one line."""

    def __init__(self, *, delimiter: str | None = None, first_line: int = 1) -> None:
        self.delimiter = delimiter
        """Of a CSV file, whose quoted cells may contain line ends. It may be set after the first line."""
        self._line = first_line
        self._body = bytearray()
        self._lines = 1
        self._line_start = 0
        self._too_long = False
        self._inside_quotes = False

    def feed(self, data: bytes) -> Iterator[Line]:
        position = 0
        while position < len(data):
            position += self._append_quoted_lines(data, position)
            end = data.find(b"\n", position)
            if end < 0:
                self._append(data[position:])
                return
            self._append(data[position:end])
            position = end + 1
            if self._continues():
                self._append(b"\n")
                self._line_start = len(self._body)
                self._lines += 1
            else:
                yield self._take_line()

    def end(self) -> Iterator[Line]:
        """Yield the last line, which may lack a line end; an unclosed quote does not extend it."""
        if self._lines > 1 and not self._too_long and self._line_start == len(self._body):
            del self._body[-1:]
            self._lines -= 1
        if self._body or self._too_long:
            yield self._take_line()

    def _append_quoted_lines(self, data: bytes, start: int) -> int:
        """Append all complete lines within an open quoted cell at once, as it may have many. Return their size."""
        if not self._inside_quotes or self._too_long or self._line_start < len(self._body):
            return 0
        quote = data.find(b'"', start)
        room = start + MAX_LINE_BYTES - len(self._body)
        end = data.rfind(b"\n", start, room if quote < 0 else min(quote, room)) + 1
        if end <= start:
            return 0
        self._body += data[start:end]
        self._lines += data.count(b"\n", start, end)
        self._line_start = len(self._body)
        return end - start

    def _append(self, piece: bytes) -> None:
        if self._too_long or len(self._body) + len(piece) > MAX_LINE_BYTES:
            self._too_long = True
            self._body.clear()
        else:
            self._body += piece

    def _continues(self) -> bool:
        if self.delimiter is None or self._too_long:
            return False
        line = bytes(self._body[self._line_start :])
        if b'"' in line:
            opens, stays_open = _patterns(self.delimiter)
            self._inside_quotes = (stays_open if self._inside_quotes else opens).fullmatch(line) is not None
        return self._inside_quotes

    def _take_line(self) -> Line:
        body = None if self._too_long else bytes(self._body).removesuffix(b"\r")
        line = Line(self._line, body, self._lines)
        self._line += self._lines
        self._body.clear()
        self._lines, self._line_start, self._too_long, self._inside_quotes = 1, 0, False, False
        return line
