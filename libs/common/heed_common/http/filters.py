"""Filters that many lists have: several values of a field, external ids, customers, and a range of time.

A filter with several values is repeated, `state=accepted&state=contacted`, and selects what has one of them. A comma
separates nothing, because names may contain one.
"""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Query

from heed_common.fields import ExternalId, Moment
from heed_common.problems import Invalid
from heed_common.time_ranges import TimeRange

MAX_VALUES = 100
"""Of one filter in one request."""
ANY_OF = "Repeated: any of them."

Value = TypeVar("Value")
AnyOf = Annotated[tuple[Value, ...], Query(max_length=MAX_VALUES, description=ANY_OF)]
"""Several values of a field, empty for all: `state: AnyOf[State] = ()`."""
ExternalIds = Annotated[
    tuple[ExternalId, ...], Query(alias="external_id", max_length=MAX_VALUES, description=f"By external id. {ANY_OF}")
]
CustomerIds = Annotated[
    tuple[UUID, ...],
    Query(
        alias="customer_id",
        max_length=MAX_VALUES,
        description=f"Of this customer and of all who are merged with them. {ANY_OF}",
    ),
]
Since = Annotated[Moment | None, Query(alias="from", description="At or after this moment.")]
Until = Annotated[Moment | None, Query(alias="to", description="Before this moment.")]


async def time_range(since: Since = None, until: Until = None) -> TimeRange:
    """Return the requested range. Raises `Invalid` for one that ends before it begins."""
    if since is not None and until is not None and until < since:
        raise Invalid([{"pointer": "/to", "detail": "must not be before `from`", "in": "query"}])
    return TimeRange(since, until)


Times = Annotated[TimeRange, Depends(time_range)]
