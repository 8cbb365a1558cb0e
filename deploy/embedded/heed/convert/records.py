"""Records of an export, one after the other: CSV as spreadsheets write it, NDJSON, or a JSON document with a list."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from heed.errors import CommandError
from heed_common.errors import HeedError
from heed_common.files.cells import DELIMITERS, header_names, split_cells
from heed_common.files.encodings import Decoder
from heed_common.files.file_lines import OVERLONG_LINE, FileLines
from heed_common.files.line_splitter import Line

Record = dict[str, Any]
PIECE_BYTES = 256 * 1024
BETWEEN = " \t\r\n,\ufeff"
"""Characters between two records."""
START_CHARS = 200
"""Within which a list begins."""
MAX_RECORD_CHARS = 32 * 1024 * 1024
LIST_START = re.compile(r'\s*(?:\{\s*"(?:tickets|orders|results)"\s*:\s*)?\[')


class FileUnreadable(CommandError):
    """The file is neither CSV nor JSON, or breaks off."""


def read_records(path: Path) -> Iterator[tuple[Record, bool]]:
    """Yield the records, each with whether it is a row of CSV, whose columns have normalised names. Streams the file.

    Raises `FileUnreadable`.
    """
    with path.open("rb") as file:
        pieces = iter(lambda: file.read(PIECE_BYTES), b"")
        first = next(pieces, b"")
        is_json = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
        records = _json_records if is_json else _rows
        try:
            for record in records(first, pieces):
                yield record, not is_json
        except HeedError as error:
            raise FileUnreadable(f"{path}: {error.detail}") from error


def _rows(first: bytes, pieces: Iterator[bytes]) -> Iterator[Record]:
    """Yield the rows of a CSV file; cells without content are left out."""
    file = FileLines[str](is_csv=True, declared=None, detect_delimiter=_detect_delimiter, parse_header=header_names)
    for piece in chain([first], pieces):
        yield from _cells_of(file, file.feed(piece))
    yield from _cells_of(file, file.end())


def _cells_of(file: FileLines[str], lines: Iterator[tuple[Line, bytes]]) -> Iterator[Record]:
    for _, body in lines:
        if body and not body.startswith(OVERLONG_LINE):
            cells = split_cells(body, file.delimiter or ",") or ()
            yield {name: cell for name, cell in zip(file.columns or (), cells, strict=False) if name and cell.strip()}


def _detect_delimiter(header: bytes) -> str:
    return max(DELIMITERS, key=lambda delimiter: len(header_names(header, delimiter)))


def _json_records(first: bytes, pieces: Iterator[bytes]) -> Iterator[Record]:
    """Yield the objects of a list, or of lines; at most one of them is in memory besides a piece of the file."""
    decoder, parse = Decoder(None), json.JSONDecoder().raw_decode
    text = decoder.feed(first)
    while len(text) < START_CHARS and (piece := next(pieces, b"")):
        text += decoder.feed(piece)
    text = text.lstrip(BETWEEN)
    if start := LIST_START.match(text):
        text = text[start.end() :]
    is_over = False
    while not (text := text.lstrip(BETWEEN)).startswith(("]", "}")):
        try:
            record, end = parse(text)
        except ValueError:
            if is_over and not text:
                return
            if is_over or len(text) > MAX_RECORD_CHARS:
                raise FileUnreadable("The file breaks off within a record, or is not JSON.") from None
            piece = next(pieces, b"")
            is_over = not piece
            text += decoder.feed(piece, is_last=is_over)
            continue
        text = text[end:]
        if isinstance(record, dict):
            yield record
