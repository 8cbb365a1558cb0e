"""How the capacity view is shown."""

from datetime import datetime

from heed_common.fields import Moment, ResponseModel
from heed_complaint.workforce.assignment.schemas import AgentOut
from heed_complaint.workforce.capacity import rules
from heed_complaint.workforce.capacity.rules import Expected, Prediction
from heed_complaint.workforce.capacity.service import AgentLoad, Capacity, Expectation, QueueLoad


class QueueLoadOut(ResponseModel):
    """`queue` is null for complaints that are in none."""

    queue: str | None
    open: int
    unassigned: int
    arrivals_per_working_day: float | None
    completions_per_working_day: float | None
    working_days_of_work: float | None
    """What lies there at the pace of the last four weeks; null where nothing was completed."""

    @classmethod
    def of(cls, load: QueueLoad, *, days: int) -> "QueueLoadOut":
        return cls(
            queue=load.queue,
            open=load.open,
            unassigned=load.unassigned,
            arrivals_per_working_day=_rounded(rules.per_day(load.arrived, days)),
            completions_per_working_day=_rounded(rules.per_day(load.completed, days)),
            working_days_of_work=_rounded(rules.days_of_work(load.open, completed=load.completed, days=days)),
        )


class AgentLoadOut(ResponseModel):
    agent: str
    name: str | None
    team: str | None
    on_duty: bool
    open: int
    max_load: int
    free: int
    completions_per_working_day: float | None

    @classmethod
    def of(cls, load: AgentLoad, *, days: int, now: datetime) -> "AgentLoadOut":
        agent = AgentOut.of(load.agent, now=now)
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
    """The time within which so many are served, with its 95 % interval; null where too few were so far."""

    seconds: int | None
    low: int | None
    high: int | None

    @classmethod
    def of(cls, expected: Expected | None) -> "ExpectedOut":
        known = (None, None, None) if expected is None else (expected.seconds, expected.low, expected.high)
        return cls(**dict(zip(cls.model_fields, (_whole(value) for value in known), strict=True)))


class PredictionOut(ResponseModel):
    cases: int
    over: int
    """Those who need wait no longer; the others count as waiting as long as they have."""
    median: ExpectedOut
    p90: ExpectedOut
    reason: str | None
    """Why there are no numbers."""

    @classmethod
    def of(cls, prediction: Prediction) -> "PredictionOut":
        return cls(
            cases=prediction.cases,
            over=prediction.over,
            median=ExpectedOut.of(prediction.half),
            p90=ExpectedOut.of(prediction.most),
            reason=prediction.reason,
        )


class ExpectationOut(ResponseModel):
    """`category` is a first level, or null for all."""

    category: str | None
    contact: PredictionOut
    resolution: PredictionOut
    usual_seconds: int | None
    """How long such handling usually takes, as the service catalogue says."""

    @classmethod
    def of(cls, expected: Expectation) -> "ExpectationOut":
        contact, resolution = PredictionOut.of(expected.contact), PredictionOut.of(expected.resolution)
        return cls(
            category=expected.category, contact=contact, resolution=resolution, usual_seconds=expected.usual_seconds
        )


class CapacityOut(ResponseModel):
    since: Moment
    working_days: int
    """Of the calendar `office`, since then."""
    queues: list[QueueLoadOut]
    agents: list[AgentLoadOut]
    expected: list[ExpectationOut]
    """From the receipt to the first contact and to the resolution, by the newest 5000 complaints."""

    @classmethod
    def of(cls, capacity: Capacity, *, now: datetime) -> "CapacityOut":
        days = capacity.working_days
        return cls(
            since=capacity.since,
            working_days=days,
            queues=[QueueLoadOut.of(load, days=days) for load in capacity.queues],
            agents=[AgentLoadOut.of(load, days=days, now=now) for load in capacity.agents],
            expected=[ExpectationOut.of(expected) for expected in capacity.expected],
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _whole(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds)
