"""Ranges of time in lists, and the order of a list with one.

A list shows the newest row first, by its id. With a range of time it shows the latest moment first: an index on the
moment and the id then serves the range and the order together, however old the range and however many rows there are.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute


@dataclass(frozen=True, slots=True)
class TimeRange:
    """The moments from `since` on and before `until`; without one of them it is open on that side."""

    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_given(self) -> bool:
        return self.since is not None or self.until is not None

    @property
    def key_types(self) -> tuple[type, ...]:
        """Return the types of the sort key of a list with this range, as its cursors have it."""
        return (datetime, UUID) if self.is_given else (UUID,)

    def key(self, moment: datetime, row_id: UUID) -> tuple[object, ...]:
        """Return the sort key of a row in a list with this range."""
        return (moment, row_id) if self.is_given else (row_id,)

    def conditions(self, moment: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
        """Return the conditions that the moment lies in the range."""
        conditions: list[ColumnElement[bool]] = []
        if self.since is not None:
            conditions.append(moment >= self.since)
        if self.until is not None:
            conditions.append(moment < self.until)
        return conditions


ALWAYS = TimeRange()


def newest_first(
    query: Select[Any],
    times: TimeRange,
    *,
    moment: InstrumentedAttribute[datetime],
    row_id: InstrumentedAttribute[UUID],
    after: tuple[Any, ...] | None,
    limit: int,
) -> Select[Any]:
    """Return the query of the page behind the sort key `after`: rows of the range, in the order of such a list."""
    if not times.is_given:
        behind = [] if after is None else [row_id < after[0]]
        return query.where(*behind).order_by(row_id.desc()).limit(limit)
    behind = [] if after is None else [tuple_(moment, row_id) < after]
    return query.where(*times.conditions(moment), *behind).order_by(moment.desc(), row_id.desc()).limit(limit)
