"""How the clocks are shown beside their complaint."""

from datetime import datetime, timedelta

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, ResponseModel
from heed_complaint.sla.clock.clock import Clock, ClockState


class ClockOut(ResponseModel):
    """One milestone; `due_at` is empty while its clock waits or stands."""

    milestone: Milestone
    number: int
    """A reopening may start another clock of the milestone; the last one is that which counts now."""
    due_at: Moment | None
    state: ClockState
    consumed_seconds: int
    paused: bool

    @classmethod
    def of(cls, clock: Clock, *, now: datetime) -> "ClockOut":
        return cls(
            milestone=clock.milestone,
            number=clock.number,
            due_at=clock.due_at,
            state=clock.state(now),
            consumed_seconds=whole_seconds(clock.consumed(now)),
            paused=clock.stands,
        )


def whole_seconds(duration: timedelta) -> int:
    return duration // timedelta(seconds=1)
