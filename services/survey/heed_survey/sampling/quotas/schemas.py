"""Responses of quotas."""

from typing import Any

from heed_common.fields import ResponseModel
from heed_survey.sampling.quotas.service import QuotaStatus


class QuotaOut(ResponseModel):
    name: str
    when: dict[str, Any]
    limit: int
    taken: int
    """Responses that were counted."""
    full: bool

    @classmethod
    def from_domain(cls, status: QuotaStatus) -> "QuotaOut":
        return cls(
            name=status.name, when=dict(status.when), limit=status.limit, taken=status.taken, full=status.is_full
        )


class QuotasOut(ResponseModel):
    """The quotas of a survey, in their order."""

    quotas: list[QuotaOut]
