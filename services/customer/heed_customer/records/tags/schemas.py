"""Requests and responses of tags."""

from typing import Annotated

from pydantic import StringConstraints

from heed_common.fields import ResponseModel, Visible

Tag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), Visible]


class TagsOut(ResponseModel):
    tags: list[str]
    """All tags of the customer, sorted."""
