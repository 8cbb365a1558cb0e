"""Columns of a file of responses. Pure."""

from collections.abc import Callable, Sequence

from heed_common.files.cells import DELIMITERS, header_names
from heed_common.files.encodings import Encoding
from heed_common.files.errors import HeaderRefused
from heed_common.files.media_types import FileType
from heed_common.imports.chunks import Chunker


def create_chunker(*, file_type: FileType, declared: Encoding | None, known: Callable[[str], bool]) -> Chunker:
    """Return the splitter of a file that may have the columns that `known` accepts."""
    return Chunker(
        file_type=file_type,
        declared=declared,
        detect_delimiter=lambda body: max(DELIMITERS, key=lambda one: sum(map(known, header_names(body, one)))),
        parse_header=lambda body, delimiter: check_columns(header_names(body, delimiter), known),
    )


def check_columns(names: Sequence[str], known: Callable[[str], bool]) -> list[str | None]:
    """Return the columns, without trailing ones that have no name. Raises `HeaderRefused`."""
    columns: list[str | None] = list(names)
    while columns and not columns[-1]:
        del columns[-1]
    for position, name in enumerate(columns, start=1):
        if name and not known(name):
            raise HeaderRefused(f"Column {position} is neither an item of the survey nor known otherwise.")
        if name and name in columns[: position - 1]:
            raise HeaderRefused(f"Column {position} has the name of an earlier one.")
    return columns
