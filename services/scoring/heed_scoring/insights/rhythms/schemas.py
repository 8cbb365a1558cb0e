"""How callers read the rhythms of a customer."""

from datetime import date
from typing import Literal, Self
from uuid import UUID

from heed_common.fields import Amount, ResponseModel
from heed_scoring.engine.rhythms import Rhythm


class RhythmOut(ResponseModel):
    """A rhythm of one category, or of all purchases if null. A rhythm needs three purchase days."""

    category: str | None
    state: Literal["too_few", "regular", "broken"]
    """`too_few` purchase days for a rhythm, `regular`, or `broken` once clearly overdue."""
    kind: Literal["life_event_candidate", "all"] | None
    """Whether all stopped, or one category while others go on; null unless it is broken."""
    purchase_days: int
    first_bought: date
    """Day of the first purchase."""
    last_bought: date
    usual_interval_days: Amount | None
    """Usual number of days between two purchases; null while they are too few."""

    @classmethod
    def of(cls, rhythm: Rhythm) -> Self:
        line = rhythm.line
        return cls(
            category=line.category,
            state=rhythm.state,
            kind=rhythm.kind,
            purchase_days=line.days,
            first_bought=date.fromordinal(line.first),
            last_bought=date.fromordinal(line.last),
            usual_interval_days=line.usual_interval,
        )


class RhythmsOut(ResponseModel):
    customer_id: UUID
    day: date
    """Day for which it is judged."""
    items: list[RhythmOut]
