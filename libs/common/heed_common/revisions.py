"""Optimistic concurrency with ETag and If-Match: no update overwrites a change that its caller has not seen."""

import re
from typing import Final

from heed_common.errors import BadRequest, PreconditionFailed, PreconditionRequired

ANY: Final = -1
"""`If-Match: *`: any revision, as long as the resource exists."""
UNKNOWN_TAG: Final = -2
"""A well-formed tag that no resource here ever had, so it never matches."""

TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
REVISION = re.compile(r"([1-9][0-9]{0,17}|0)(--?(gzip|br|deflate|zstd))?")
"""A proxy that compresses a response marks its tag: nginx makes it weak, Apache and Jetty add the coding to it."""


class IfMatchInvalid(BadRequest):
    code, title = "if_match_invalid", "If-Match carries one entity tag, as ETag gave it, or an asterisk."
    advice = "Send exactly the `ETag` of the last read, quotes included, or `*`."


def etag(revision: int) -> str:
    """Return the strong entity tag of a revision."""
    return f'"{revision}"'


def parse_if_match(header: str | None) -> int | None:
    """Return the revision that the caller has seen; None without the header.

    A weak tag matches, contrary to RFC 9110: Heed's are strong, so a weak one was weakened by a compressing proxy,
    and it still names the revision.
    """
    if header is None:
        return None
    header = header.strip()
    if header == "*":
        return ANY
    tag = TAG.fullmatch(header)
    if tag is None:
        raise IfMatchInvalid
    revision = REVISION.fullmatch(tag[2])
    return UNKNOWN_TAG if revision is None else int(revision[1])


def require_if_match(if_match: int | None, revision: int) -> None:
    """Check If-Match for PATCH, and for PUT of an existing resource. The caller has locked the row.

    Raises `PreconditionRequired` (428) without If-Match, `PreconditionFailed` (412) if the row has changed.
    """
    if if_match is None:
        raise PreconditionRequired
    check_if_match(if_match, revision)


def check_if_match(if_match: int | None, revision: int) -> None:
    """Check If-Match if it was sent, for transitions. The caller has locked the row. Raises `PreconditionFailed`."""
    if if_match not in (None, ANY, revision):
        raise PreconditionFailed
