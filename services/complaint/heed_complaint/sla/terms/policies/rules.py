"""What a policy says, read from what an operator wrote. Pure: no clock, no tables.

A policy is a layer: what it does not say comes from the next one that holds, and in the end from `default`, which says
everything. An agreement is a layer above all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from heed_common.conditions import Condition, Facts, parse
from heed_common.contracts.complaint import Milestone
from heed_complaint.core.condition_fields import FIELDS
from heed_complaint.sla.clock import durations
from heed_complaint.sla.clock.durations import Duration
from heed_complaint.sla.clock.plan import OnReopen, PolicyKey, Step
from heed_complaint.sla.clock.working_time import BeyondHorizon, Calendar
from heed_complaint.sla.terms.calendars.rules import usual_day
from heed_complaint.sla.terms.policies.errors import PolicyInvalid

DEFAULT = "default"
Calendars = Mapping[str, Calendar]


@dataclass(frozen=True, slots=True)
class Target:
    """What is granted one milestone."""

    within: Duration
    calendar: str
    after_dispatch: Duration | None = None
    """Instead, where a call centre dispatched the complaint."""
    warn_at: float | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """What one version of a policy or of an agreement says; nothing where it leaves it to the next one.

    A version never changes, so its key tells whether two are the same.
    """

    key: PolicyKey
    targets: Mapping[Milestone, Target] = field(compare=False)
    pause_counts: bool | None = field(default=None, compare=False)
    on_reopen: OnReopen | None = field(default=None, compare=False)
    retroactive: bool | None = field(default=None, compare=False)
    warn_during: str | None = field(default=None, compare=False)
    escalate: tuple[Step, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A layer for those complaints of which its condition holds."""

    layer: Layer
    order: int
    when: Condition | None

    @property
    def rank(self) -> tuple[bool, int, str]:
        return rank(self.layer.key.name, self.order)

    def holds(self, facts: Facts) -> bool:
        return self.when is None or self.when.matches(facts)


def rank(name: str, order: int) -> tuple[bool, int, str]:
    """The lowest is asked first; `default` is last whatever its order says."""
    return name == DEFAULT, order, name


def read(key: PolicyKey, document: Mapping[str, Any]) -> Policy:
    """A policy as an operator wrote it. Raises an error with a pointer to what is wrong."""
    when = document.get("when")
    condition = None if when is None else parse(when, FIELDS, pointer="/when")
    return Policy(read_layer(key, document), document["order"], condition)


def read_layer(key: PolicyKey, document: Mapping[str, Any], *, at: str = "") -> Layer:
    """What it grants; `at` is where that stands in the body."""
    targets = {
        Milestone(name): _target(said, at=f"{at}/targets/{name}") for name, said in document.get("targets", {}).items()
    }
    on_reopen, escalate = document.get("on_reopen"), document.get("escalate")
    return Layer(
        key,
        targets,
        pause_counts=document.get("pause_counts"),
        on_reopen=None if on_reopen is None else OnReopen(on_reopen),
        retroactive=document.get("retroactive"),
        warn_during=document.get("warn_during"),
        escalate=None if escalate is None else _steps(escalate, at=f"{at}/escalate"),
    )


def check_default(policy: Policy) -> None:
    """Of what it does not say nobody would know."""
    if policy.when is not None:
        raise PolicyInvalid("The default holds of every complaint; it has no condition.", pointer="/when")
    missing = [milestone for milestone in Milestone if milestone not in policy.layer.targets]
    if missing:
        raise PolicyInvalid(f"The default names every milestone; {missing[0]} is missing.", pointer="/targets")


def check_reach(layer: Layer, calendars: Calendars, *, now: datetime, at: str = "") -> None:
    """Every calendar is there, and knows the days until far behind the deadline."""
    if layer.warn_during is not None and layer.warn_during not in calendars:
        raise PolicyInvalid("There is no such calendar.", pointer=f"{at}/warn_during")
    for milestone, target in layer.targets.items():
        calendar = calendars.get(target.calendar)
        if calendar is None:
            raise PolicyInvalid("There is no such calendar.", pointer=f"{at}/targets/{milestone}/calendar")
        if not reaches(target, calendar, now=now):
            raise PolicyInvalid(
                "The target reaches beyond the days that its calendar knows.",
                pointer=f"{at}/targets/{milestone}/within",
            )


def reaches(target: Target, calendar: Calendar, *, now: datetime) -> bool:
    """Whether there is working time enough, and as much again for those who start later or are interrupted."""
    try:
        calendar.add(now, 2 * _longest(target).by(usual_day(calendar.hours)))
    except BeyondHorizon:
        return False
    return True


def _target(said: Mapping[str, Any], *, at: str) -> Target:
    after_dispatch = said.get("after_dispatch")
    return Target(
        _duration(said["within"], at=f"{at}/within"),
        said["calendar"],
        None if after_dispatch is None else _duration(after_dispatch, at=f"{at}/after_dispatch"),
        said.get("warn_at"),
    )


def _steps(said: Sequence[Mapping[str, Any]], *, at: str) -> tuple[Step, ...]:
    return tuple(_step(step, at=f"{at}/{place}") for place, step in enumerate(said))


def _step(said: Mapping[str, Any], *, at: str) -> Step:
    if "at" in said:
        return Step(float(said["at"]), said["to"])
    after = _duration(said["after"], at=f"{at}/after")
    if after.days:
        raise PolicyInvalid("A step comes so many hours, minutes or seconds after the deadline.", pointer=f"{at}/after")
    return Step(after.rest, said["to"])


def _duration(written: str, *, at: str) -> Duration:
    try:
        return durations.parse(written)
    except durations.DurationError as error:
        raise PolicyInvalid(str(error), pointer=at) from None


def _longest(target: Target) -> Duration:
    return max((target.within, target.after_dispatch or target.within), key=lambda one: one.by(timedelta(days=1)))
