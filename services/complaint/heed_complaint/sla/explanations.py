"""How deadlines are explained: what was counted, by which policy and calendar, and what was left out."""

from datetime import date, datetime

from heed_common.contracts.complaint import Milestone
from heed_common.fields import Moment, ResponseModel
from heed_complaint.sla.clock import timeline
from heed_complaint.sla.clock.clock import Clock
from heed_complaint.sla.clock.milestones import Clocks, in_flow_order, judged
from heed_complaint.sla.clock.pauses import Pause, Why
from heed_complaint.sla.clock.timeline import RunTimeline
from heed_complaint.sla.schemas import ClockOut, whole_seconds


class VersionOut(ResponseModel):
    """A policy or a calendar; a version of it never changes."""

    name: str
    version: int


class CalendarOut(VersionOut):
    time_zone: str


class IntervalOut(ResponseModel):
    """Working time without a break. What is `passed` adds up to what is consumed, what is not `late` to the target.

    Behind the first 500 of a run one item stands for several `intervals`, breaks between them left out of its seconds.
    """

    start: Moment
    end: Moment
    seconds: int
    passed: bool
    late: bool
    intervals: int


class PauseOut(ResponseModel):
    """Waiting for the customer, or resting between an end of the work and its reopening."""

    since: Moment
    until: Moment | None
    why: Why

    @classmethod
    def of(cls, pause: Pause) -> "PauseOut":
        return cls(since=pause.start, until=pause.end, why=pause.why)


class SpecialDayOut(ResponseModel):
    """A day on which work is done otherwise than on its weekday."""

    day: date
    working: bool
    name: str


class ClockChangeOut(ResponseModel):
    """The clocks on the wall go forward or back; the distances are from UTC."""

    at: Moment
    seconds_before: int
    seconds_after: int


class RunOut(ResponseModel):
    """A stretch that is measured against one target: there is one, unless a reopening or a policy began another."""

    policy: VersionOut
    calendar: CalendarOut
    target_seconds: int
    pause_counts: bool
    started_at: Moment
    ended_at: Moment | None
    due_at: Moment | None
    consumed_seconds: int
    intervals: list[IntervalOut]
    pauses: list[PauseOut]
    special_days: list[SpecialDayOut]
    clock_changes: list[ClockChangeOut]
    provisional: bool
    """The country has not yet said which days it moves."""

    @classmethod
    def of(cls, shown: RunTimeline) -> "RunOut":
        run, calendar = shown.run, shown.run.terms.calendar
        return cls(
            policy=VersionOut(**run.terms.policy._asdict()),
            calendar=CalendarOut(**calendar.key._asdict(), time_zone=calendar.hours.zone.key),
            target_seconds=whole_seconds(run.terms.target),
            pause_counts=run.terms.pause_counts,
            started_at=run.started_at,
            ended_at=run.ended_at,
            due_at=shown.due_at,
            consumed_seconds=whole_seconds(shown.consumed),
            intervals=[IntervalOut(**counted._asdict()) for counted in shown.counted],
            pauses=[PauseOut.of(pause) for pause in shown.pauses],
            special_days=[SpecialDayOut(**special._asdict()) for special in shown.special],
            clock_changes=[
                ClockChangeOut(
                    at=change.at,
                    seconds_before=whole_seconds(change.before),
                    seconds_after=whole_seconds(change.after),
                )
                for change in shown.changes
            ],
            provisional=shown.provisional,
        )


class StepOut(ResponseModel):
    """A step of the escalation chain; `at` is empty as long as a pause keeps it from its moment."""

    to: str
    at: Moment | None
    taken: bool


class ExplainedClockOut(ClockOut):
    """One milestone with everything that its deadline follows from."""

    policy: VersionOut
    target_seconds: int
    warn_at: Moment | None
    """In working time; empty where there is no time to warn before the deadline."""
    started_at: Moment | None
    reached_at: Moment | None
    cancelled_at: Moment | None
    late_since: Moment | None
    waited_seconds: int
    """For the customer, by the clock on the wall."""
    provisional: bool
    escalation: list[StepOut]
    runs: list[RunOut]

    @classmethod
    def of(cls, clock: Clock, *, now: datetime) -> "ExplainedClockOut":
        runs = [RunOut.of(shown) for shown in timeline.timelines(clock, now=now)]
        chain = enumerate(clock.terms.escalation)
        return cls(
            **ClockOut.of(clock, now=now).model_dump(),
            policy=VersionOut(**clock.terms.policy._asdict()),
            target_seconds=whole_seconds(clock.terms.target),
            warn_at=clock.warn_at,
            started_at=clock.runs[0].started_at if clock.runs else None,
            reached_at=clock.reached_at,
            cancelled_at=clock.cancelled_at,
            late_since=clock.late_at(now),
            waited_seconds=whole_seconds(clock.waited(now)),
            provisional=any(run.provisional for run in runs),
            escalation=[StepOut(to=to, at=clock.step_at(n), taken=n < clock.escalated) for n, (_, to) in chain],
            runs=runs,
        )


class ExplanationOut(ResponseModel):
    """Every deadline of a complaint, and how long its resolution took in working time."""

    items: list[ExplainedClockOut]
    first_resolution_seconds: int | None
    """Until it was resolved for the first time."""
    total_resolution_seconds: int
    """Of all tries."""

    @classmethod
    def of(cls, clocks: Clocks, *, now: datetime) -> "ExplanationOut":
        judged_now = judged(clocks, now=now)
        resolution = judged_now[Milestone.RESOLUTION]
        first = timeline.first_resolution(resolution)
        return cls(
            items=[ExplainedClockOut.of(clock, now=now) for clock in in_flow_order(judged_now)],
            first_resolution_seconds=None if first is None else whole_seconds(first),
            total_resolution_seconds=whole_seconds(timeline.total_resolution(resolution, now=now)),
        )
