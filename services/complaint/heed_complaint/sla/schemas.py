"""Response schemas of complaints, their clocks and the explanation of deadlines."""

from datetime import date, datetime, timedelta
from uuid import UUID

from heed_common.contracts.complaint import CaseKind, ComplaintStatus, Milestone, Severity
from heed_common.fields import Amount, Moment, ResponseModel
from heed_complaint.core.attachments import AttachmentOut
from heed_complaint.core.rules import Channel
from heed_complaint.sla.case import Case
from heed_complaint.sla.clock import timeline
from heed_complaint.sla.clock.clock import Clock, ClockState
from heed_complaint.sla.clock.milestones import Clocks, breached, evaluate, in_flow_order, within_target
from heed_complaint.sla.clock.pauses import Pause, PauseReason
from heed_complaint.sla.clock.timeline import RunTimeline


class ClockOut(ResponseModel):
    """One milestone; `due_at` is null while its clock waits or is paused."""

    milestone: Milestone
    number: int
    """A reopening may start another clock of the milestone; the last one is the current one."""
    due_at: Moment | None
    state: ClockState
    consumed_seconds: int
    paused: bool

    @classmethod
    def from_clock(cls, clock: Clock, *, now: datetime) -> "ClockOut":
        return cls(
            milestone=clock.milestone,
            number=clock.cycle,
            due_at=clock.due_at,
            state=clock.state(now),
            consumed_seconds=whole_seconds(clock.consumed(now)),
            paused=clock.is_paused,
        )


class PolicyVersionOut(ResponseModel):
    """A policy or a calendar; a version of it never changes."""

    name: str
    version: int


class ClockCalendarOut(PolicyVersionOut):
    time_zone: str


class IntervalOut(ResponseModel):
    """Working time without a break. `passed` items add up to the consumed time, items not `late` to the target.

    After the first 500 of a run one item collapses several `intervals`; its seconds exclude the breaks between them.
    """

    start: Moment
    end: Moment
    seconds: int
    passed: bool
    late: bool
    intervals: int


class PauseOut(ResponseModel):
    """Waiting for the customer, or the time between the end of the work and its reopening."""

    since: Moment
    until: Moment | None
    why: PauseReason

    @classmethod
    def from_pause(cls, pause: Pause) -> "PauseOut":
        return cls(since=pause.start, until=pause.end, why=pause.reason)


class SpecialDayOut(ResponseModel):
    """A day with other hours than its weekday."""

    day: date
    working: bool
    name: str


class ClockChangeOut(ResponseModel):
    """A change of the UTC offset, in seconds."""

    at: Moment
    seconds_before: int
    seconds_after: int


class RunOut(ResponseModel):
    """A period measured against one target: there is one, unless a reopening or a change of terms began another."""

    policy: PolicyVersionOut
    calendar: ClockCalendarOut
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
    """Whether the country has yet to announce which days it moves."""

    @classmethod
    def from_timeline(cls, shown: RunTimeline) -> "RunOut":
        run, calendar = shown.run, shown.run.terms.calendar
        return cls(
            policy=PolicyVersionOut(**run.terms.policy._asdict()),
            calendar=ClockCalendarOut(**calendar.key._asdict(), time_zone=calendar.hours.zone.key),
            target_seconds=whole_seconds(run.terms.target),
            pause_counts=run.terms.pause_counts,
            started_at=run.started_at,
            ended_at=run.ended_at,
            due_at=shown.due_at,
            consumed_seconds=whole_seconds(shown.consumed),
            intervals=[IntervalOut(**counted._asdict()) for counted in shown.counted],
            pauses=[PauseOut.from_pause(pause) for pause in shown.pauses],
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


class EscalationStepOut(ResponseModel):
    """A step of the escalation chain; `at` is null while an open pause prevents it."""

    to: str
    at: Moment | None
    taken: bool


class ExplainedClockOut(ClockOut):
    """One milestone with everything that determines its deadline."""

    policy: PolicyVersionOut
    target_seconds: int
    warn_at: Moment | None
    """In working time; null if there is no time to warn before the deadline."""
    started_at: Moment | None
    reached_at: Moment | None
    cancelled_at: Moment | None
    late_since: Moment | None
    waited_seconds: int
    """Elapsed time spent waiting for the customer."""
    provisional: bool
    escalation: list[EscalationStepOut]
    runs: list[RunOut]

    @classmethod
    def from_clock(cls, clock: Clock, *, now: datetime) -> "ExplainedClockOut":
        runs = [RunOut.from_timeline(shown) for shown in timeline.timelines(clock, now=now)]
        chain = enumerate(clock.terms.escalation)
        return cls(
            **ClockOut.from_clock(clock, now=now).model_dump(),
            policy=PolicyVersionOut(**clock.terms.policy._asdict()),
            target_seconds=whole_seconds(clock.terms.target),
            warn_at=clock.warn_at,
            started_at=clock.runs[0].started_at if clock.runs else None,
            reached_at=clock.reached_at,
            cancelled_at=clock.cancelled_at,
            late_since=clock.breached_at(now),
            waited_seconds=whole_seconds(clock.paused_for_customer(now)),
            provisional=any(run.provisional for run in runs),
            escalation=[
                EscalationStepOut(to=to, at=clock.escalation_at(n), taken=n < clock.escalations_announced)
                for n, (_, to) in chain
            ],
            runs=runs,
        )


class ExplanationOut(ResponseModel):
    """Every deadline of a complaint, and how long its resolution took in working time."""

    items: list[ExplainedClockOut]
    first_resolution_seconds: int | None
    """Until it was resolved for the first time."""
    total_resolution_seconds: int
    """Of all runs, reopened ones included."""

    @classmethod
    def from_clocks(cls, clocks: Clocks, *, now: datetime) -> "ExplanationOut":
        clocks = evaluate(clocks, now=now)
        resolution = clocks[Milestone.RESOLUTION]
        first = timeline.first_resolution(resolution)
        return cls(
            items=[ExplainedClockOut.from_clock(clock, now=now) for clock in in_flow_order(clocks)],
            first_resolution_seconds=None if first is None else whole_seconds(first),
            total_resolution_seconds=whole_seconds(timeline.total_resolution(resolution, now=now)),
        )


def whole_seconds(duration: timedelta) -> int:
    """Return the duration in seconds, rounded down."""
    return duration // timedelta(seconds=1)


class ComplaintOut(ResponseModel):
    id: UUID
    external_id: str | None
    customer_id: UUID | None
    """Null while the customer is unknown."""
    kind: CaseKind
    channel: Channel
    category: str
    severity: Severity
    description: str
    occurred_at: Moment
    received_at: Moment
    dispatch_received_at: Moment | None
    service_point_id: str | None
    product: str | None
    purchase_id: UUID | None
    amount_at_stake: Amount | None
    currency: str
    quality_side: str | None
    responsible_unit: str | None
    confidential: bool
    regulator: bool
    attachments: list[AttachmentOut]
    owner: str | None
    queue: str | None
    escalation: int
    nth: int
    merged_into: UUID | None
    split_from: UUID | None
    follow_up_of: UUID | None
    """The ended complaint whose customer wrote again."""
    incident_id: UUID | None
    state: ComplaintStatus
    paused: bool
    opened_at: Moment
    completed_at: Moment | None
    ended_at: Moment | None
    customer_wrote_at: Moment | None
    """When the customer wrote the first message that no agent has answered."""
    promise: str | None
    promised_by: Moment | None
    resolution: str | None
    cause: str | None
    responsibility: str | None
    solved: bool | None
    pleasant: bool | None
    within_target: bool | None
    breached: tuple[Milestone, ...]
    sla: list[ClockOut]

    @classmethod
    def from_case(cls, case: Case, *, now: datetime) -> "ComplaintOut":
        """Return the complaint with its clocks evaluated at that moment, even if due alerts are not fired yet."""
        clocks = evaluate(case.clocks, now=now)
        derived = {
            "customer_id": case.complaint.customer_id if case.complaint.customer_is_known else None,
            "escalation": case.complaint.escalation_level,
            "nth": case.complaint.repeat_number,
            "within_target": within_target(clocks),
            "breached": breached(clocks),
            "sla": [ClockOut.from_clock(clock, now=now) for clock in in_flow_order(clocks)],
        }
        stored = {name: getattr(case.complaint, name) for name in cls.model_fields.keys() - derived}
        return cls.model_validate(stored | derived)
