"""Parts of the responses of imports."""

from heed_common.fields import ResponseModel
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType


class Lines(ResponseModel):
    """Numbers of lines, without blank lines and the header."""

    total: int
    """Lines that were received so far; final once the upload has ended."""
    done: int
    """Lines that were processed, accepted or not."""
    ok: int
    """Lines that were accepted, also those that changed nothing."""
    failed: int
    """Lines that were rejected, with an error each."""


class FileFormat(ResponseModel):
    """Format with which the file was read."""

    type: FileType
    """`csv` or `ndjson`."""
    encoding: Encoding
    """By the charset of the Content-Type, or detected."""
    delimiter: str | None
    """Between the cells of a CSV file."""


class RejectedLineOut(ResponseModel):
    """Why a line was rejected, without its content."""

    line: int
    """Number of the line in the file, from 1; the header of a CSV file counts."""
    column: str | None
    """Name of the column or field; null if the line as a whole is wrong."""
    code: str
    """For programs, as in `code` of problems and their errors."""
    reason: str
    """For people."""
