"""Merges as callers ask for them."""

from uuid import UUID

from pydantic import Field

from heed_common.fields import Body


class MergeIn(Body):
    duplicate_id: UUID
    confirm_identified: bool = Field(
        default=False, description="Somebody has looked: two customers who are both identified are one all the same."
    )


class UnmergeIn(Body):
    duplicate_id: UUID
