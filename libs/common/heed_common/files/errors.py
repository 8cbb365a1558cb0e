"""Errors of uploaded files."""

from typing import ClassVar

from heed_common.errors import BadRequest, HeedError, NotFound, Unprocessable


class MediaTypeUnsupported(HeedError):
    status: ClassVar[int] = 415
    code = "media_type_unsupported"
    title = "Send application/x-ndjson or text/csv, as UTF-8, UTF-16, GB18030 (GBK), Windows-1252 or Latin-1."


class EncodingUnknown(Unprocessable):
    code, title = (
        "encoding_unknown",
        "The encoding cannot be detected: send it as charset of the Content-Type.",
    )


class EncodingBroken(Unprocessable):
    code, title = "encoding_broken", "The file is not in its encoding throughout; nothing of it will be imported."


class HeaderRefused(Unprocessable):
    code, title = "header_refused", "The first line of a CSV file names its columns."


class LineTooLong(Unprocessable):
    code, title = "line_too_long", "A line may have at most 1 MiB."


class LineMalformed(Unprocessable):
    code, title = "line_malformed", "The line is not valid in the file's format."


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no import with this id."


class ImportInterrupted(BadRequest):
    code, title = "import_interrupted", "The file did not arrive completely; nothing of it will be imported."
