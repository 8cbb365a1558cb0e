"""Response schemas of the capacity view."""

from datetime import datetime

from heed_common.fields import Moment, ResponseModel
from heed_complaint.workforce.capacity import rules
from heed_complaint.workforce.capacity.rules import Quantile, WaitForecast
from heed_complaint.workforce.capacity.service import AgentLoad, Capacity, Expectation, QueueLoad
from heed_complaint.workforce.staff.schemas import AgentOut


class QueueLoadOut(ResponseModel):
    """`queue` is null for complaints without a queue."""

    queue: str | None
    """Name of the queue; null for complaints without one."""
    open: int
    """Open complaints in it, with or without an owner."""
    unassigned: int
    """Open complaints without an owner."""
    arrivals_per_working_day: float | None
    """Mean of the period; null if it has no working day."""
    completions_per_working_day: float | None
    """Mean of the period; null if it has no working day."""
    working_days_of_work: float | None
    """The backlog at the throughput of the last four weeks; null if nothing was completed."""

    @classmethod
    def from_load(cls, load: QueueLoad, *, days: int) -> "QueueLoadOut":
        return cls(
            queue=load.queue,
            open=load.open,
            unassigned=load.unassigned,
            arrivals_per_working_day=_rounded(rules.per_day(load.arrived, days)),
            completions_per_working_day=_rounded(rules.per_day(load.completed, days)),
            working_days_of_work=_rounded(rules.backlog_days(load.open, completed=load.completed, days=days)),
        )


class AgentLoadOut(ResponseModel):
    agent: str
    """Id of the agent, as in `owner` of complaints."""
    name: str | None
    """For people; null if it is not recorded."""
    team: str | None
    """Team of the agent; null if none."""
    on_duty: bool
    """Present, within a shift and not absent, at this moment."""
    open: int
    """Open complaints that the agent owns."""
    max_load: int
    """Open complaints at which the rule assigns no more."""
    free: int
    """How many more the rule would assign; 0 if the agent is full."""
    completions_per_working_day: float | None
    """Mean of the period; null if it has no working day."""

    @classmethod
    def from_load(cls, load: AgentLoad, *, days: int, now: datetime) -> "AgentLoadOut":
        agent = AgentOut.from_row(load.agent, now=now)
        return cls(
            agent=agent.id,
            name=agent.name,
            team=agent.team,
            on_duty=agent.on_duty,
            open=load.open,
            max_load=agent.max_load,
            free=max(agent.max_load - load.open, 0),
            completions_per_working_day=_rounded(rules.per_day(load.completed, days)),
        )


class ExpectedOut(ResponseModel):
    """A quantile of the waiting time with its 95 % interval; null where too few waits are over."""

    seconds: int | None
    """Estimate, in seconds from the receipt; null where too few waits are over."""
    low: int | None
    """Lower end of its 95 % interval, in seconds; null with the estimate."""
    high: int | None
    """Upper end of its 95 % interval, in seconds; null where it is unbounded."""

    @classmethod
    def from_quantile(cls, expected: Quantile | None) -> "ExpectedOut":
        values = (None, None, None) if expected is None else (expected.seconds, expected.low, expected.high)
        return cls(**dict(zip(cls.model_fields, (_whole(value) for value in values), strict=True)))


class PredictionOut(ResponseModel):
    cases: int
    """Waits that the forecast is computed from."""
    over: int
    """The waits that are over; the others count with their time until now."""
    median: ExpectedOut
    p90: ExpectedOut
    reason: str | None
    """The reason if there are no numbers."""

    @classmethod
    def from_forecast(cls, forecast: WaitForecast) -> "PredictionOut":
        return cls(
            cases=forecast.cases,
            over=forecast.over,
            median=ExpectedOut.from_quantile(forecast.median),
            p90=ExpectedOut.from_quantile(forecast.p90),
            reason=forecast.reason,
        )


class ExpectationOut(ResponseModel):
    """The forecast of a category of the first level; `category` is null for all."""

    category: str | None
    contact: PredictionOut
    """From the receipt to the first contact."""
    resolution: PredictionOut
    """From the receipt to the resolution."""
    usual_seconds: int | None
    """The usual duration by the service catalogue."""

    @classmethod
    def from_expectation(cls, expected: Expectation) -> "ExpectationOut":
        contact, resolution = (
            PredictionOut.from_forecast(expected.contact),
            PredictionOut.from_forecast(expected.resolution),
        )
        return cls(
            category=expected.category, contact=contact, resolution=resolution, usual_seconds=expected.usual_seconds
        )


class CapacityOut(ResponseModel):
    since: Moment
    """Beginning of the period of the means."""
    working_days: int
    """Working days of the calendar `office` since then."""
    queues: list[QueueLoadOut]
    """Load of each queue, and of complaints without one."""
    agents: list[AgentLoadOut]
    """Load of each agent, on duty or not."""
    expected: list[ExpectationOut]
    """From the receipt to the first contact and to the resolution, by the newest 5000 complaints."""

    @classmethod
    def from_capacity(cls, capacity: Capacity, *, now: datetime) -> "CapacityOut":
        days = capacity.working_days
        return cls(
            since=capacity.since,
            working_days=days,
            queues=[QueueLoadOut.from_load(load, days=days) for load in capacity.queues],
            agents=[AgentLoadOut.from_load(load, days=days, now=now) for load in capacity.agents],
            expected=[ExpectationOut.from_expectation(expected) for expected in capacity.expected],
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
