"""Parts of the responses of imports."""

from heed_common.fields import ResponseModel
from heed_common.files.encodings import Encoding
from heed_common.files.media_types import FileType


class Lines(ResponseModel):
    """Numbers of lines, without blank lines and the header."""

    total: int
    done: int
    ok: int
    failed: int


class FileFormat(ResponseModel):
    """Format with which the file was read."""

    type: FileType
    encoding: Encoding
    delimiter: str | None
    """Between the cells of a CSV file."""


class RejectedLineOut(ResponseModel):
    """Why a line was rejected, without its content."""

    line: int
    column: str | None
    code: str
    reason: str
