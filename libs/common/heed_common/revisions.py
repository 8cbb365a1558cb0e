"""Optimistic concurrency with ETag and If-Match: no update overwrites a change that its caller has not seen."""

import re
from typing import Final

from heed_common.errors import BadRequest, PreconditionFailed, PreconditionRequired

ANY: Final = -1
"""`If-Match: *`: any revision, as long as the resource exists."""
UNKNOWN_TAG: Final = -2
"""A well-formed tag that no resource here ever had, so it never matches."""

WEAK: Final = "W/"
TAG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
CODING = re.compile(r"--?(gzip|br|deflate|zstd)$")
"""A compressed response has a marked tag: nginx makes it weak, Heed, Apache and Jetty add the coding to it."""
REVISION = re.compile(rf"([1-9][0-9]{{0,17}}|0)(\.[0-9a-f]{{20}})?(?:{CODING.pattern})?")
"""The tag of a read has a hash of its content behind the revision (`http/representations.py`)."""


class IfMatchInvalid(BadRequest):
    code, title = "if_match_invalid", "If-Match carries one entity tag, as ETag gave it, or an asterisk."
    advice = "Send exactly the `ETag` of the last read, quotes included, or `*`."


class IfNoneMatchInvalid(BadRequest):
    code, title = "if_none_match_invalid", "If-None-Match of a write carries an asterisk: nothing may exist yet."
    advice = "Send If-None-Match: *, or If-Match with the ETag of your last read."


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


def parse_if_none_match(header: str | None) -> bool:
    """Return whether a write may only create: `If-None-Match: *`. Raises `IfNoneMatchInvalid` for tags."""
    if header is None:
        return False
    if header.strip() != "*":
        raise IfNoneMatchInvalid
    return True


def split_tags(header: str) -> list[str]:
    """Return the entity tags of `If-None-Match`; what is none is left out."""
    return [found[0] for found in TAG.finditer(header)]


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
