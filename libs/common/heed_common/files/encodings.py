"""Character encodings of uploaded files: marked, declared or detected, and always converted to UTF-8.

A wrong guess would store unreadable names without anyone noticing. So only encodings that cannot be mistaken are
detected; other files are rejected until their sender declares a charset.
"""

import codecs
import io
import re
from enum import StrEnum

from heed_common.files.errors import EncodingBroken, EncodingUnknown, MediaTypeUnsupported

SAMPLE_BYTES = 64 * 1024
"""Sample from the first character beyond ASCII on, from which an undeclared encoding is detected."""
MIN_CHARACTERS = 4
"""Fewer characters beyond ASCII cannot be recognised as Chinese."""


class Encoding(StrEnum):
    UTF_8 = "utf-8"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    GB18030 = "gb18030"
    WINDOWS_1252 = "windows-1252"


# As in the Encoding Standard of the WHATWG: GBK is a part of GB18030, and Latin-1 means Windows-1252.
LABELS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), Encoding.UTF_8),
    **dict.fromkeys(("utf-16", "utf-16le", "utf-16-le"), Encoding.UTF_16_LE),
    **dict.fromkeys(("utf-16be", "utf-16-be"), Encoding.UTF_16_BE),
    **dict.fromkeys(("gb18030", "gbk", "gb2312", "cp936", "x-gbk"), Encoding.GB18030),
    **dict.fromkeys(("windows-1252", "cp1252", "iso-8859-1", "latin-1", "latin1"), Encoding.WINDOWS_1252),
}
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: Encoding.UTF_8,
    codecs.BOM_UTF16_LE: Encoding.UTF_16_LE,
    codecs.BOM_UTF16_BE: Encoding.UTF_16_BE,
    b"\x84\x31\x95\x33": Encoding.GB18030,
}
MAX_MARK_BYTES = 4
GB_CHARACTER = re.compile(rb"[\x81-\xfe][\x30-\x39][\x81-\xfe][\x30-\x39]|[\x81-\xfe][\x40-\x7e\x80-\xfe]")
FIRST_LINE_END = re.compile(r"\r\n|\n|\r(?!\Z)")


def find_encoding(label: str) -> Encoding | None:
    """Return the encoding of a charset label; None for an empty one. Raises `MediaTypeUnsupported`."""
    if not label:
        return None
    found = LABELS.get(label)
    if found is None:
        raise MediaTypeUnsupported
    return found


class Decoder:
    """Incremental decoder. Raises `EncodingBroken` or `EncodingUnknown`; buffers at most one sample."""

    def __init__(self, declared: Encoding | None = None) -> None:
        self._declared = declared
        self._decoder: tuple[Encoding, codecs.IncrementalDecoder] | None = None
        self._buffer = b""
        self._has_started = False
        self._is_first = True
        self._line_ends = {"\n": 0, "\r": 0}

    @property
    def encoding(self) -> Encoding:
        """The detected encoding; a file of ASCII alone counts as UTF-8."""
        return Encoding.UTF_8 if self._decoder is None else self._decoder[0]

    def feed(self, data: bytes, *, is_last: bool = False) -> str:
        data, self._buffer = self._buffer + data, b""
        if not self._has_started:
            if len(data) < MAX_MARK_BYTES and not is_last:
                self._buffer = data
                return ""
            self._has_started = True
            encoding = _from_mark(data) or self._declared or _from_zero_bytes(data)
            self._decoder = None if encoding is None else _new_decoder(encoding)
        if self._decoder is None:
            if data.isascii():
                return self._count_line_ends(data.decode("ascii"))
            end = _ascii_length(data) + SAMPLE_BYTES
            if len(data) < end and not is_last:
                self._buffer = data
                return ""
            self._decoder = _new_decoder(self._detect(data[:end]))
        return self._decode(*self._decoder, data, is_last=is_last)

    def _detect(self, sample: bytes) -> Encoding:
        broken_at = _first_error(sample, Encoding.UTF_8)
        if broken_at is None:
            return Encoding.UTF_8
        if _first_error(sample, Encoding.GB18030) is None and _looks_chinese(sample):
            return Encoding.GB18030
        line = self._line_after(sample[:broken_at].decode(errors="replace"))
        raise EncodingUnknown(f"Line {line} is not UTF-8: declare the charset of the file in its Content-Type.")

    def _decode(self, encoding: Encoding, decoder: codecs.IncrementalDecoder, data: bytes, *, is_last: bool) -> str:
        try:
            return self._count_line_ends(decoder.decode(data, is_last))
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(encoding.value, errors="replace")
            line = self._line_after(before)
            reason = f"Line {line} is not {encoding.value}; nothing of the file will be imported."
            raise EncodingBroken(reason) from None

    def _line_after(self, text: str) -> int:
        return 1 + max(count + text.count(end) for end, count in self._line_ends.items())

    def _count_line_ends(self, text: str) -> str:
        for end in self._line_ends:
            self._line_ends[end] += text.count(end)
        if self._is_first and text:
            self._is_first = False
            text = text.removeprefix("\ufeff")
        return text


class LineEnds:
    """Incremental converter of lone CRs to LF, for files whose first line ends in a CR as on old Macs."""

    def __init__(self) -> None:
        self._is_decided = False
        self._translate: io.IncrementalNewlineDecoder | None = None
        self._buffer = ""

    def feed(self, text: str, *, is_last: bool = False) -> str:
        if not self._is_decided:
            text, self._buffer = self._buffer + text, ""
            found = FIRST_LINE_END.search(text)
            if found is not None:
                self._is_decided = True
                self._translate = io.IncrementalNewlineDecoder(None, translate=True) if found.group() == "\r" else None
            elif text.endswith("\r") and not is_last:
                text, self._buffer = text[:-1], "\r"
        return text if self._translate is None else self._translate.decode(text, is_last)


def _new_decoder(encoding: Encoding) -> tuple[Encoding, codecs.IncrementalDecoder]:
    return encoding, codecs.getincrementaldecoder(encoding.value)()


def _from_mark(data: bytes) -> Encoding | None:
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS.items() if data.startswith(mark)), None)


def _from_zero_bytes(data: bytes) -> Encoding | None:
    """Return the UTF-16 of a file without a mark. Its first character is ASCII: a brace or the start of a name."""
    if len(data) > 1 and (data[0] == 0) != (data[1] == 0):
        return Encoding.UTF_16_BE if data[0] == 0 else Encoding.UTF_16_LE
    return None


def _ascii_length(data: bytes) -> int:
    """Return the number of bytes before the first one beyond ASCII."""
    return len(data) - len(data.lstrip(bytes(range(128))))


def _first_error(sample: bytes, encoding: Encoding) -> int | None:
    """Return the position of the first invalid byte; the last character of the sample may be cut off."""
    try:
        codecs.getincrementaldecoder(encoding.value)().decode(sample)
    except UnicodeDecodeError as error:
        return error.start
    return None


def _looks_chinese(sample: bytes) -> bool:
    """Return whether the characters are distributed as in Chinese text.

    The 3755 most common characters have lead bytes B0 to D7 in the order of their pinyin, so a good part of any text
    is beyond C8, where Korean in the same form has none; Latin and Cyrillic letters rarely form such pairs at all.
    """
    characters = [found for found in GB_CHARACTER.findall(sample) if not _is_symbol(found)]
    common = [pair for pair in characters if 0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1]
    late = sum(pair[0] > 0xC8 for pair in common)
    return len(characters) >= MIN_CHARACTERS and len(common) >= 0.7 * len(characters) and 10 * late >= len(characters)


def _is_symbol(character: bytes) -> bool:
    return 0xA1 <= character[0] <= 0xA3 and character[1] >= 0xA1
