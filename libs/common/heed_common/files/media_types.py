"""Types of uploaded files, as requests declare them. Pure."""

from enum import StrEnum

from heed_common.files.encodings import Encoding, find_encoding
from heed_common.files.errors import MediaTypeUnsupported


class FileType(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"


FILE_TYPES = {
    "application/x-ndjson": FileType.NDJSON,
    "application/ndjson": FileType.NDJSON,
    "application/jsonl": FileType.NDJSON,
    "text/csv": FileType.CSV,
}
FILE_REQUEST_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in ("application/x-ndjson", "text/csv")
        },
    }
}
"""Of an operation that receives a file, in OpenAPI."""


def parse_content_type(content_type: str) -> tuple[FileType, Encoding | None]:
    """Return the declared file type and encoding. Raises `MediaTypeUnsupported`."""
    media_type, _, parameters = content_type.partition(";")
    file_type = FILE_TYPES.get(media_type.strip().lower())
    if file_type is None:
        raise MediaTypeUnsupported
    charset = parameters.lower().partition("charset=")[2].partition(";")[0]
    return file_type, find_encoding(charset.strip(' "'))
