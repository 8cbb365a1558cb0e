"""Lists in pages: a cursor is the place after the last item, so a page stays right while others write."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import GenericAlias
from typing import Annotated, Any, Generic, TypeVar, cast

from fastapi import Depends, Query
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_jsonable_python

from heed_common.errors import Unprocessable
from heed_common.fields import Reply

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR = 1024

Item = TypeVar("Item")
Row = TypeVar("Row")


class CursorInvalid(Unprocessable):
    code, title = "cursor_invalid", "The cursor is not one that this list has given."


class Page(Reply, Generic[Item]):
    """A part of a list and where the next part begins."""

    items: list[Item]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which part of the list the caller wants."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than asked for says whether there is a next page."""
        return self.limit + 1

    def after(self, *kinds: Any) -> tuple[Any, ...] | None:  # noqa: ANN401 types come in, their values come out
        """The sort key of the last item seen, each part of the kind named; None for the first page."""
        return None if self.cursor is None else decode_cursor(self.cursor, *kinds)


async def page_request(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    return PageRequest(limit, cursor)


PageQuery = Annotated[PageRequest, Depends(page_request)]


def cut(
    rows: Sequence[Row], request: PageRequest, *, key: Callable[[Row], tuple[object, ...]]
) -> tuple[list[Row], str | None]:
    """Of `request.fetch` rows the page and the cursor behind it; `key` is what the query sorts by, unique."""
    items = list(rows[: request.limit])
    more = len(rows) > request.limit
    return items, encode_cursor(*key(items[-1])) if more else None


def encode_cursor(*parts: object) -> str:
    """An opaque text out of the parts of a sort key."""
    packed = json.dumps(to_jsonable_python(parts), separators=(",", ":")).encode()
    return urlsafe_b64encode(packed).rstrip(b"=").decode()


def decode_cursor(cursor: str, *kinds: Any) -> tuple[Any, ...]:  # noqa: ANN401 as above
    """The parts again. Raises `CursorInvalid` for anything that this list cannot have given."""
    try:
        packed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        shape: TypeAdapter[tuple[Any, ...]] = TypeAdapter(cast("Any", GenericAlias(tuple, kinds)))
        return shape.validate_json(packed)
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        raise CursorInvalid from None
