"""Pages of PostgreSQL's files as they are on disk: of indexes, and of the write-ahead log."""

import struct
from collections.abc import Iterator

PAGE = 8192
META, DELETED, LEAF = 8, 4, 1
"""Flags of a page of a B-tree."""
NORMAL_ITEM = 1
HAS_ALTERNATIVE_PLACE = 0x2000
IS_POSTING = 0x2000
LONG_HEADER = 0x0002
"""Flag of the first page of a segment of the write-ahead log."""


def index_places(content: bytes) -> Iterator[str]:
    """Return the places in the table of the entries of a B-tree, in the order in which each page got them.

    A page is filled from its end: what lies lower was inserted later, whatever the order of the keys is.
    """
    for start in range(0, len(content), PAGE):
        page = content[start : start + PAGE]
        lower, _, special = struct.unpack_from("<HHH", page, 12)
        if special == 0 or special >= PAGE:
            continue
        _, following, level, flags = struct.unpack_from("<IIIH", page, special)
        if flags & (META | DELETED) or not flags & LEAF or level:
            continue
        items = [struct.unpack_from("<I", page, at)[0] for at in range(24, lower, 4)]
        entries = [item & 0x7FFF for item in (items[1:] if following else items) if item >> 15 & 3 == NORMAL_ITEM]
        for offset in sorted(entries, reverse=True):
            yield from _places(page, offset)


def _places(page: bytes, offset: int) -> Iterator[str]:
    high, low, position, info = struct.unpack_from("<HHHH", page, offset)
    if not (info & HAS_ALTERNATIVE_PLACE and position & IS_POSTING):
        yield _place(high, low, position)
        return
    first = offset + (high << 16 | low)
    for number in range(position & 0x0FFF):
        yield _place(*struct.unpack_from("<HHH", page, first + 6 * number))


def _place(high: int, low: int, position: int) -> str:
    return f"({high << 16 | low},{position})"


def wal_content(content: bytes) -> bytes:
    """Return the write-ahead log without the headers of its pages, which may lie in the middle of a text."""
    parts = []
    for start in range(0, len(content), PAGE):
        if not any(content[start : start + 24]):
            continue  # Behind the end of a segment that was not filled.
        (info,) = struct.unpack_from("<H", content, start + 2)
        parts.append(content[start + (40 if info & LONG_HEADER else 24) : start + PAGE])
    return b"".join(parts)
