"""How the clocks are shown."""

from datetime import datetime, timedelta

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, Reply
from heed_complaint.sla.rules import Clock, Clocks, ClockState


class ClockOut(Reply):
    """One milestone; `due_at` is empty while its clock waits or stands."""

    milestone: Milestone
    due_at: Moment | None
    state: ClockState
    consumed_seconds: int
    paused: bool

    @classmethod
    def of(cls, clock: Clock, *, now: datetime) -> "ClockOut":
        return cls(
            milestone=clock.milestone,
            due_at=clock.due_at,
            state=clock.state,
            consumed_seconds=whole_seconds(clock.consumed(now)),
            paused=clock.stood_since is not None,
        )


class ExplainedClockOut(ClockOut):
    """One milestone with the facts that its deadline follows from: start + target + the time it stood still."""

    target_seconds: int
    started_at: Moment | None
    stood_seconds: int
    stood_since: Moment | None
    reached_at: Moment | None
    cancelled_at: Moment | None

    @classmethod
    def of(cls, clock: Clock, *, now: datetime) -> "ExplainedClockOut":
        return cls(
            **ClockOut.of(clock, now=now).model_dump(),
            target_seconds=whole_seconds(clock.target),
            started_at=clock.started_at,
            stood_seconds=whole_seconds(clock.stood),
            stood_since=clock.stood_since,
            reached_at=clock.reached_at,
            cancelled_at=clock.cancelled_at,
        )


class ExplanationOut(Reply):
    """Every deadline of a complaint."""

    items: list[ExplainedClockOut]


def in_flow_order(clocks: Clocks) -> list[Clock]:
    return [clocks[milestone] for milestone in Milestone]


def whole_seconds(duration: timedelta) -> int:
    return duration // timedelta(seconds=1)
