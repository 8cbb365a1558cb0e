"""Responses of pages of events."""

from typing import Annotated, Any

from pydantic import Field

from heed_common.fields import ResponseModel


class EventPage(ResponseModel):
    """Events of any types, each as it is in its topic."""

    items: Annotated[
        list[dict[str, Any]], Field(description="CloudEvents; `/schemas/{type}` has the schema of their `data`.")
    ]
    next_cursor: Annotated[str, Field(description="Goes into `after` for the next page, now or later.")]
    has_more: Annotated[bool, Field(description="Whether there are events behind this page already.")]
