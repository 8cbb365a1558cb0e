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
    """`waiting` for its start, `running`, `paused`, `met`, `missed` or `cancelled`."""
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
    """As in its path."""
    version: int
    """Counts up with each change."""


class ClockCalendarOut(PolicyVersionOut):
    time_zone: str


class IntervalOut(ResponseModel):
    """Working time without a break. `passed` items add up to the consumed time, items not `late` to the target.

    After the first 500 of a run one item collapses several `intervals`; its seconds exclude the breaks between them.
    """

    start: Moment
    """Beginning, in UTC."""
    end: Moment
    """End, in UTC."""
    seconds: int
    """Working time in it."""
    passed: bool
    """Whether it lies in the past; the others are planned until the deadline."""
    late: bool
    """Whether it lies after the deadline."""
    intervals: int
    """Number of intervals that the item collapses; 1 for most."""


class PauseOut(ResponseModel):
    """Waiting for the customer, or the time between the end of the work and its reopening."""

    since: Moment
    """When the clock was stopped."""
    until: Moment | None
    """When it went on; null while it is stopped."""
    why: PauseReason
    """`waiting` for the customer, or `resting` between the end of the work and its reopening."""

    @classmethod
    def from_pause(cls, pause: Pause) -> "PauseOut":
        return cls(since=pause.start, until=pause.end, why=pause.reason)


class SpecialDayOut(ResponseModel):
    """A day with other hours than its weekday."""

    day: date
    """In the time zone of the calendar."""
    working: bool
    """True for a make-up working day, false for a day off."""
    name: str
    """Name of the holiday; empty for days that the calendar itself names."""


class ClockChangeOut(ResponseModel):
    """A change of the UTC offset, in seconds."""

    at: Moment
    """When the offset changed, such as for daylight saving time."""
    seconds_before: int
    """Offset from UTC until then."""
    seconds_after: int
    """Offset from UTC from then on."""


class RunOut(ResponseModel):
    """A period measured against one target: there is one, unless a reopening or a change of terms began another."""

    policy: PolicyVersionOut
    """Policy from which the target came."""
    calendar: ClockCalendarOut
    target_seconds: int
    pause_counts: bool
    """Whether time spent waiting for the customer is consumed all the same."""
    started_at: Moment
    ended_at: Moment | None
    due_at: Moment | None
    consumed_seconds: int
    intervals: list[IntervalOut]
    """Working time that was consumed, and what is left until the deadline."""
    pauses: list[PauseOut]
    """When the clock was stopped during this run."""
    special_days: list[SpecialDayOut]
    """Days of the run on which the calendar differs from the weekday."""
    clock_changes: list[ClockChangeOut]
    """Changes of the UTC offset during the run, which explain a longer or shorter day."""
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
    """Role, team or queue that is called."""
    at: Moment | None
    """When it is due; null while an open pause prevents it."""
    taken: bool
    """Whether it has been announced."""


class ExplainedClockOut(ClockOut):
    """One milestone with everything that determines its deadline."""

    policy: PolicyVersionOut
    """Policy from which the target came."""
    target_seconds: int
    warn_at: Moment | None
    """In working time; null if there is no time to warn before the deadline."""
    started_at: Moment | None
    reached_at: Moment | None
    """When the milestone was reached; null if it was not."""
    cancelled_at: Moment | None
    """When it became pointless, as the step was skipped or the complaint ended; else null."""
    late_since: Moment | None
    """When the deadline passed unreached; null if it is in time."""
    waited_seconds: int
    """Elapsed time spent waiting for the customer."""
    provisional: bool
    """Whether the deadline may move, because a country has not announced its days yet."""
    escalation: list[EscalationStepOut]
    """Steps of the escalation chain, in their order."""
    runs: list[RunOut]
    """Periods measured against one target each, the first first."""

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
    """Kind of case; all kinds have the same flow, only complaints count as dissatisfaction."""
    channel: Channel
    category: str
    severity: Severity
    description: str
    """The customer's words, in free text; personal data may be in it."""
    occurred_at: Moment
    received_at: Moment
    """When the organization learned of it; deadlines count from it."""
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
    """Agent in charge; null while it waits in a queue."""
    queue: str | None
    """Queue in which it waits, or from which its owner has it; null before it is assigned."""
    escalation: int
    """How many steps it was escalated; 0: not at all."""
    nth: int
    merged_into: UUID | None
    split_from: UUID | None
    follow_up_of: UUID | None
    """The ended complaint whose customer wrote again."""
    incident_id: UUID | None
    state: ComplaintStatus
    """Where it is in the flow; derived from the moves, never set directly."""
    paused: bool
    opened_at: Moment
    completed_at: Moment | None
    ended_at: Moment | None
    customer_wrote_at: Moment | None
    """When the customer wrote the first message that no agent has answered."""
    promise: str | None
    """What was promised last; null without a promise."""
    promised_by: Moment | None
    """Until when that is to be kept; null without a promise."""
    resolution: str | None
    """What was done, in free text; null until it is completed."""
    cause: str | None
    responsibility: str | None
    solved: bool | None
    pleasant: bool | None
    within_target: bool | None
    breached: tuple[Milestone, ...]
    sla: list[ClockOut]
    """Clocks of its milestones, evaluated now."""

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
