"""What the report on how well complaints are resolved says."""

from collections.abc import Sequence

from heed_common.fields import ResponseModel
from heed_complaint.reporting.reports.query import Grouping
from heed_complaint.reporting.reports.schemas import Report, Share


class RatesRow(ResponseModel):
    """Shares of the complaints completed at least once, of the call-backs that reached somebody, of promises."""

    code: str | None
    label: str
    completed: int
    first_contact: Share
    """Completed within the asked minutes of the first contact, or in it, with neither a commitment nor a wait for the
    customer, and never reopened."""
    reopened: Share
    """Came back after a completion."""
    fixed_first_time: Share
    """Never came back, and nobody said at the call-back that it was not solved."""
    solved: Share
    pleasant: Share
    promises_kept: Share
    """Of those that are kept or broken; promises that nobody waits for any more are in neither."""
    told_before: Share
    """Of the broken promises those whose customer knew in time, with an apology."""


class RatesOut(Report):
    line = RatesRow

    by: Grouping | None
    first_contact_minutes: int
    items: list[RatesRow]

    def lines(self) -> Sequence[ResponseModel]:
        return self.items
