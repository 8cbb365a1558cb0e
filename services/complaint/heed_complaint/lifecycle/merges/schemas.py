"""Request bodies of merges."""

from uuid import UUID

from pydantic import Field, StrictBool

from heed_common.fields import LongText, RequestModel


class ComplaintUnmergeIn(RequestModel):
    duplicate_id: UUID
    note: LongText | None = None
    """Shown to agents only."""


class ComplaintMergeIn(ComplaintUnmergeIn):
    confirm_other_customer: StrictBool = Field(
        default=False, description="Confirm that it is one complaint, although two customers have complained."
    )
