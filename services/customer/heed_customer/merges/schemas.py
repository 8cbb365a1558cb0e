"""Merges as callers ask for them."""

from uuid import UUID

from pydantic import Field

from heed_common.fields import RequestModel


class MergeIn(RequestModel):
    duplicate_id: UUID
    confirm_identified: bool = Field(
        default=False, description="Somebody has looked: two customers who are both identified are one all the same."
    )


class UnmergeIn(RequestModel):
    duplicate_id: UUID
