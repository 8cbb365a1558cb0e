"""Pagination: a cursor is the sort key of the last item, so pages stay correct while rows are written."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar, cast

from fastapi import Depends, Query, Request
from pydantic import PrivateAttr

from heed_common.cursors import CursorSigner
from heed_common.fields import ResponseModel
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_common.route_template import route_template

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAX_CURSOR = 2048

log = logging.getLogger(__name__)

Item = TypeVar("Item")
Row = TypeVar("Row")


class Page(ResponseModel, Generic[Item]):
    """A page of a list and the cursor of the next one."""

    items: list[Item]
    next_cursor: str | None
    """For `cursor=` of the next page; null on the last one."""


class TableItem(Protocol):
    """An item with cells of its own in a CSV file."""

    def cells(self, columns: Sequence[str]) -> Mapping[str, object]:
        """Return the cells by column, for a file with these columns."""
        ...


class TablePage(Page[Item], Generic[Item]):
    """A page of a list whose CSV file has columns that depend on the list."""

    _columns: Sequence[str] = PrivateAttr(default=())

    @classmethod
    def with_columns(cls, *, items: list[Any], next_cursor: str | None, columns: Sequence[str]) -> Self:
        page = cls(items=items, next_cursor=next_cursor)
        page._columns = tuple(columns)
        return page

    @property
    def columns(self) -> Sequence[str]:
        """Return the columns of the file: the same on every page."""
        return self._columns

    def rows(self) -> Iterator[Mapping[str, object]]:
        """Yield the cells of each item."""
        for item in self.items:
            yield cast("TableItem", item).cells(self._columns)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested page."""

    signer: CursorSigner
    path: str
    """Path of the list: its cursors are valid for no other."""
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    metrics: Metrics | None = None
    route: str = ""
    """Template of the path, as metrics and logs name the list."""

    @property
    def fetch_limit(self) -> int:
        """Return how many rows to select: one more than the limit, to know whether there is a next page."""
        return self.limit + 1

    def after(self, *kinds: Any) -> tuple[Any, ...] | None:  # noqa: ANN401 types come in, their values come out
        """Return the sort key after which the page begins, validated as these types; None for the first page."""
        return None if self.cursor is None else self.signer.decode(self.path, self.cursor, kinds)

    def cursor_after(self, *key: object) -> str:
        """Return the cursor of the page that begins after the item with this sort key."""
        return self.signer.encode(self.path, key)

    def show(
        self, rows: Iterable[Row], build: Callable[[Row], Item], *, name: Callable[[Row], object] | None = None
    ) -> list[Item]:
        """Return the rows as the list shows them, without those that cannot be shown.

        Such a row is logged with its name, its `id` by default, and counted: an operator has to repair it, but callers
        should not lose the whole list to it.
        """
        return [item for row in rows for item in self._show_row(row, build, name)]

    def _show_row(
        self, row: Row, build: Callable[[Row], Item], name: Callable[[Row], object] | None
    ) -> tuple[Item, ...]:
        try:
            return (build(row),)
        except Exception:
            row_name = str(name(row) if name else getattr(row, "id", "?"))
            log.exception("row not shown in its list", extra={"route": self.route, "row": row_name})
            if self.metrics is not None:
                self.metrics.rows_not_shown.labels(self.route).inc()
            return ()


async def page_request(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items at most.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=MAX_CURSOR, description="`next_cursor` of the page before.")] = None,
) -> PageRequest:
    # Not imported through heed_common.http, whose own lists depend on this module.
    resources: Resources = request.app.state.resources
    signer, scope = await resources.cursor_signer(), request.scope
    return PageRequest(signer, scope["path"], limit, cursor, resources.metrics, route_template(scope))


PageQuery = Annotated[PageRequest, Depends(page_request)]


def paginate(
    rows: Sequence[Row], request: PageRequest, *, key: Callable[[Row], tuple[object, ...]]
) -> tuple[list[Row], str | None]:
    """Split `request.fetch_limit` rows into the page and its next cursor. `key` is the unique sort key of the query."""
    items = list(rows[: request.limit])
    has_more = len(rows) > request.limit
    return items, request.cursor_after(*key(items[-1])) if has_more else None
