"""Schemas of the report on resolution rates."""

from collections.abc import Sequence

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report, Share


class ResolutionRatesRow(ResponseModel):
    """Shares of complaints that were completed at least once, of answered call-backs, and of promises."""

    code: str | None
    label: str
    completed: int
    first_contact: Share
    """Completed within the given minutes of the first contact, with neither a commitment nor a wait for the customer,
    and never reopened."""
    reopened: Share
    """Reopened after a completion."""
    fixed_first_time: Share
    """Never reopened, and not reported as unsolved at the call-back."""
    solved: Share
    pleasant: Share
    promises_kept: Share
    """Of kept and broken promises; void ones do not count."""
    told_before: Share
    """Of broken promises, those whose customer was notified in advance with an apology."""


class ResolutionRatesOut(Report):
    line = ResolutionRatesRow

    by: Grouping | None
    first_contact_minutes: int
    items: list[ResolutionRatesRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
