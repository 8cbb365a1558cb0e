"""Requests of merges."""

from uuid import UUID

from pydantic import Field

from heed_common.fields import RequestModel


class CustomerMergeIn(RequestModel):
    duplicate_id: UUID
    confirm_identified: bool = Field(
        default=False, description="A clerk has checked that two customers who are both identified are one person."
    )


class CustomerUnmergeIn(RequestModel):
    duplicate_id: UUID
