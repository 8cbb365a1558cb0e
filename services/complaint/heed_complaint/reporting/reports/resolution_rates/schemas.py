"""Schemas of the report on resolution rates."""

from collections.abc import Sequence

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report, Share


class ResolutionRatesRow(ResponseModel):
    """Shares of complaints that were completed at least once, of answered call-backs, and of promises."""

    code: str | None
    """Code of the group; null for all complaints together."""
    label: str
    """Name of the group, in the language that `Accept-Language` prefers."""
    completed: int
    """Complaints that were completed at least once."""
    first_contact: Share
    """Completed within the given minutes of the first contact, with neither a commitment nor a wait for the customer,
    and never reopened."""
    reopened: Share
    """Reopened after a completion."""
    fixed_first_time: Share
    """Never reopened, and not reported as unsolved at the call-back."""
    solved: Share
    """Answered call-backs whose customer calls it solved."""
    pleasant: Share
    """Answered call-backs whose customer found the handling pleasant."""
    promises_kept: Share
    """Of kept and broken promises; void ones do not count."""
    told_before: Share
    """Of broken promises, those whose customer was notified in advance with an apology."""


class ResolutionRatesOut(Report):
    line = ResolutionRatesRow

    by: Grouping | None
    """What the rows are grouped by; null: one group of all."""
    first_contact_minutes: int
    """Time from first contact to completion that counts as at once, in minutes."""
    items: list[ResolutionRatesRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
