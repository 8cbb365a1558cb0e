"""Response of the drop-off report."""

from heed_common.fields import ResponseModel
from heed_survey.collection.drop_off.rules import DropOff


class ItemDropOffOut(ResponseModel):
    code: str
    """Code of the item."""
    shown: int
    """Forms in which it was on a page that was sent."""
    answered: int
    """Forms in which it was answered."""
    left: int
    """Forms that were left at this item: the first one that was not answered on the page shown last."""


class DropOffOut(ResponseModel):
    survey_version: int
    started: int
    """Forms of which a page was sent: programs that check the links of mails load the first page too."""
    completed: int
    """Forms that became a response."""
    in_progress: int
    """Forms that can still be continued."""
    expired: int
    """Forms that were left and can no longer be continued."""
    rounded_to: int
    """1, or the smallest group of an anonymous survey: all counts are rounded down to a multiple of it."""
    items: list[ItemDropOffOut]

    @classmethod
    def from_domain(cls, report: DropOff) -> "DropOffOut":
        return cls(
            survey_version=report.survey_version,
            started=report.completed + report.in_progress + report.expired,
            completed=report.completed,
            in_progress=report.in_progress,
            expired=report.expired,
            rounded_to=report.rounded_to,
            items=[
                ItemDropOffOut(code=code, shown=counts.shown, answered=counts.answered, left=counts.left)
                for code, counts in report.items.items()
            ],
        )
