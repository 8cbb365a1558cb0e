"""Errors of uploaded files."""

from typing import ClassVar

from heed_common.errors import BadRequest, HeedError, NotFound, Unprocessable


class MediaTypeUnsupported(HeedError):
    status: ClassVar[int] = 415
    code = "media_type_unsupported"
    title = "Send application/x-ndjson or text/csv, as UTF-8, UTF-16, GB18030 (GBK), Windows-1252 or Latin-1."
    advice = "Set `Content-Type` to `text/csv` or `application/x-ndjson`."


class EncodingUnknown(Unprocessable):
    code, title = (
        "encoding_unknown",
        "The encoding cannot be detected: send it as charset of the Content-Type.",
    )
    advice = "Name the encoding of the file: `Content-Type: text/csv; charset=gb18030`."


class EncodingBroken(Unprocessable):
    code, title = "encoding_broken", "The file is not in its encoding throughout; nothing of it will be imported."
    advice = "Save the file again in one encoding, best UTF-8, and send all of it."


class HeaderRefused(Unprocessable):
    code, title = "header_refused", "The first line of a CSV file names its columns."
    advice = "Let the first line name the columns, each once, or map them with `Heed-Import-Options`."


class LineTooLong(Unprocessable):
    code, title = "line_too_long", "A line may have at most 1 MiB."
    advice = "Split what the line contains; look for a quote that is never closed."


class LineMalformed(Unprocessable):
    code, title = "line_malformed", "The line is not valid in the file's format."
    advice = "Correct the line: for NDJSON one JSON object, for CSV as many cells as the header has, quotes closed."


class ImportNotFound(NotFound):
    code, title = "import_not_found", "There is no import with this id."


class ImportInterrupted(BadRequest):
    code, title = "import_interrupted", "The file did not arrive completely; nothing of it will be imported."
    advice = "Send the file again: nothing of it was imported."
