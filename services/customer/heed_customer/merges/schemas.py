"""Requests of merges."""

from uuid import UUID

from pydantic import Field

from heed_common.fields import Body


class MergeIn(Body):
    duplicate_id: UUID
    confirm_identified: bool = Field(
        default=False, description="A clerk has checked that two customers who are both identified are one person."
    )


class UnmergeIn(Body):
    duplicate_id: UUID
