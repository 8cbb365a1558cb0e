"""Order of lists in SQL: the newest row first, or with a range of time the latest moment first.

An index on the moment and the id then serves the range and the order together, however old the range is. In the order
of the ids PostgreSQL would read all rows that are newer than the range.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from heed_common.time_ranges import TimeRange


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
    ordered = query.order_by(moment.desc(), row_id.desc()).limit(limit)
    return ordered.where(*in_range(times, moment), *behind)


def in_range(times: TimeRange, moment: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
    """Return the conditions that the moment lies in the range."""
    conditions: list[ColumnElement[bool]] = []
    if times.since is not None:
        conditions.append(moment >= times.since)
    if times.until is not None:
        conditions.append(moment < times.until)
    return conditions
