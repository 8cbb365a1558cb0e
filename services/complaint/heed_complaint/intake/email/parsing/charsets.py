"""Bytes and encoded words of mails as text. Pure."""

import re
from email.errors import HeaderParseError
from email.header import decode_header

from heed_common.strict_json import UNSTORABLE

SUPERSETS = {
    **dict.fromkeys(("gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "chinese", "hz-gb-2312"), "gb18030"),
    **dict.fromkeys(("iso-2022-jp", "csiso2022jp"), "iso2022_jp_ext"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987", "ksc5601"), "cp949"),
    **dict.fromkeys(("us-ascii", "ascii", "iso-8859-1", "latin1", "unknown-8bit", "8bit", "binary"), "cp1252"),
    "iso-8859-8-i": "iso-8859-8",
    "big5": "big5hkscs",
    "utf8": "utf-8",
}
"""Mail programs declare the smaller set and write characters of the larger one."""
MIN_EVIDENT_UTF_8 = 6
"""So many bytes outside ASCII that form valid UTF-8 are UTF-8, whatever was declared."""
SURROGATE_ESCAPES = re.compile(r"[\udc80-\udcff]")
LINE_ENDS = re.compile(r"\r\n?")


def decode_bytes(raw: bytes, charset: str | None) -> str:
    """Return the text of these bytes; what fits no charset becomes replacement characters, never an error."""
    declared = SUPERSETS.get((charset or "").strip().strip("\"'").lower(), charset or "utf-8")
    high = sum(byte > 127 for byte in raw)
    candidates = ("utf-8", declared, "gb18030") if high >= MIN_EVIDENT_UTF_8 else (declared, "utf-8", "gb18030")
    for candidate in candidates:
        try:
            return raw.decode(candidate)
        except (UnicodeError, LookupError, ValueError):
            continue
    return raw.decode("cp1252", "replace")


def decode_header_text(raw: str) -> str:
    """Return a header's value unfolded, with its encoded words (RFC 2047) and bytes outside ASCII decoded."""
    unfolded = " ".join(part.strip() for part in raw.splitlines()) if "\n" in raw or "\r" in raw else raw
    unfolded = decode_raw_header(unfolded, None)
    if "=?" not in unfolded:
        return storable_text(unfolded.strip())
    try:
        words = decode_header(unfolded)
    except (HeaderParseError, ValueError):
        return storable_text(unfolded.strip())
    decoded = "".join(_decode_word(word, charset) for word, charset in words)
    return storable_text((decoded.strip() or unfolded).strip())


def decode_raw_header(raw: str, charset: str | None) -> str:
    """Return the header with its bytes outside ASCII decoded: where they are not UTF-8, in the charset of the body."""
    if not SURROGATE_ESCAPES.search(raw):
        return raw
    return decode_bytes(raw.encode("utf-8", "surrogateescape"), charset)


def storable_text(text: str) -> str:
    """Return the text with `\\n` as line end and without what PostgreSQL cannot store."""
    return UNSTORABLE.sub("\ufffd", LINE_ENDS.sub("\n", text.replace("\x00", "")))


def _decode_word(word: bytes | str, charset: str | None) -> str:
    if isinstance(word, str):
        return word
    # decode_header escapes the text between encoded words in this way.
    return decode_bytes(word, charset) if charset else word.decode("raw-unicode-escape", "replace")
