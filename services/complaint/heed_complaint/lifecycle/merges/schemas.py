"""Merges as callers ask for them."""

from uuid import UUID

from pydantic import Field, StrictBool

from heed_common.fields import LongText, RequestModel


class UnmergeIn(RequestModel):
    duplicate_id: UUID
    note: LongText | None = None
    """For the desk only."""


class MergeIn(UnmergeIn):
    confirm_other_customer: StrictBool = Field(
        default=False, description="Somebody has looked: it is one complaint, though two customers told of it."
    )
