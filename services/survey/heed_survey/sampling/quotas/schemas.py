"""Responses of quotas."""

from typing import Any

from heed_common.fields import ResponseModel
from heed_survey.sampling.quotas.service import QuotaStatus


class QuotaProgressOut(ResponseModel):
    name: str
    """Name of the quota."""
    when: dict[str, Any]
    """Condition on answers, by item code, and on the customer."""
    limit: int
    """Most responses for which the condition holds."""
    taken: int
    """Responses that were counted; unless it is full, a multiple of `rounded_to`."""
    full: bool
    """Whether the limit is reached; further such responses are refused."""

    @classmethod
    def from_domain(cls, status: QuotaStatus) -> "QuotaProgressOut":
        return cls(
            name=status.name, when=dict(status.when), limit=status.limit, taken=status.taken, full=status.is_full
        )


class QuotasOut(ResponseModel):
    """The quotas of a survey, in their order."""

    rounded_to: int
    """1; of an anonymous survey, and without `responses:read`, the smallest group."""
    quotas: list[QuotaProgressOut]
