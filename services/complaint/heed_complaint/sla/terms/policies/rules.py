"""Policies as layers of terms, parsed from their documents. Pure: no clock, no tables.

A policy is a layer: settings that it lacks come from the next one that applies, and in the end from `default`, which
has all of them. An agreement is a layer above all policies.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from heed_common.conditions import Condition
from heed_common.conditions import parse as parse_condition
from heed_common.contracts.complaint import MESSAGE_MILESTONES, Milestone
from heed_complaint.core.condition_fields import FIELDS
from heed_complaint.sla.clock import durations
from heed_complaint.sla.clock.durations import Duration
from heed_complaint.sla.clock.plan import EscalationStep, OnReopen, PolicyKey
from heed_complaint.sla.clock.working_time import BeyondHorizon, Calendar
from heed_complaint.sla.terms.calendars.rules import typical_working_day
from heed_complaint.sla.terms.policies.errors import PolicyInvalid

DEFAULT = "default"
Calendars = Mapping[str, Calendar]


@dataclass(frozen=True, slots=True)
class Target:
    """The target of one milestone."""

    within: Duration
    calendar: str
    after_dispatch: Duration | None = None
    """Replaces `within` if a call centre dispatched the complaint."""
    warn_at: float | None = None


BUILT_IN_TARGETS = {
    Milestone.ACKNOWLEDGEMENT: Target(Duration(0, timedelta(minutes=15)), "always"),
    Milestone.PROGRESS: Target(Duration(5, timedelta(0)), "office"),
}
"""Targets of the milestones that exist where messages can be sent, until a policy sets others."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The settings of one version of a policy or of an agreement; None where the next layer decides.

    A version never changes, so layers are compared by their keys.
    """

    key: PolicyKey
    targets: Mapping[Milestone, Target] = field(compare=False)
    pause_counts: bool | None = field(default=None, compare=False)
    on_reopen: OnReopen | None = field(default=None, compare=False)
    retroactive: bool | None = field(default=None, compare=False)
    warn_during: str | None = field(default=None, compare=False)
    escalate: tuple[EscalationStep, ...] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A layer for the complaints that match its condition."""

    layer: Layer
    order: int
    when: Condition | None

    @property
    def rank(self) -> tuple[bool, int, str]:
        return rank(self.layer.key.name, self.order)


def rank(name: str, order: int) -> tuple[bool, int, str]:
    """Return the sort key of a policy: the lowest order has precedence, and `default` is always last."""
    return name == DEFAULT, order, name


def parse(key: PolicyKey, document: Mapping[str, Any]) -> Policy:
    """Parse a policy. Raises `PolicyInvalid` or `ConditionInvalid` with a pointer to the invalid part."""
    when = document.get("when")
    condition = None if when is None else parse_condition(when, FIELDS, pointer="/when")
    return Policy(parse_layer(key, document), document["order"], condition)


def parse_layer(key: PolicyKey, document: Mapping[str, Any], *, at: str = "") -> Layer:
    """Parse the settings; `at` is the JSON pointer of the document in the body."""
    targets = {
        Milestone(name): _parse_target(target, at=f"{at}/targets/{name}")
        for name, target in document.get("targets", {}).items()
    }
    on_reopen, escalate = document.get("on_reopen"), document.get("escalate")
    return Layer(
        key,
        targets,
        pause_counts=document.get("pause_counts"),
        on_reopen=None if on_reopen is None else OnReopen(on_reopen),
        retroactive=document.get("retroactive"),
        warn_during=document.get("warn_during"),
        escalate=None if escalate is None else _parse_steps(escalate, at=f"{at}/escalate"),
    )


def check_default(policy: Policy) -> None:
    """Raise `PolicyInvalid` unless the policy applies to all complaints and has all targets."""
    if policy.when is not None:
        raise PolicyInvalid("The default holds of every complaint; it has no condition.", pointer="/when")
    required = (milestone for milestone in Milestone if milestone not in MESSAGE_MILESTONES)
    missing = [milestone for milestone in required if milestone not in policy.layer.targets]
    if missing:
        raise PolicyInvalid(f"The default names every milestone; {missing[0]} is missing.", pointer="/targets")


def check_calendars(layer: Layer, calendars: Calendars, *, now: datetime, at: str = "") -> None:
    """Raise `PolicyInvalid` unless every calendar exists and knows the days until far beyond the deadline."""
    if layer.warn_during is not None and layer.warn_during not in calendars:
        raise PolicyInvalid("There is no such calendar.", pointer=f"{at}/warn_during")
    for milestone, target in layer.targets.items():
        calendar = calendars.get(target.calendar)
        if calendar is None:
            raise PolicyInvalid("There is no such calendar.", pointer=f"{at}/targets/{milestone}/calendar")
        if not covers_target(target, calendar, now=now):
            raise PolicyInvalid(
                "The target reaches beyond the days that its calendar knows.",
                pointer=f"{at}/targets/{milestone}/within",
            )


def covers_target(target: Target, calendar: Calendar, *, now: datetime) -> bool:
    """Return whether the calendar knows twice the target, to allow for later starts and pauses."""
    try:
        calendar.add(now, 2 * _longest_duration(target).working_time(typical_working_day(calendar.hours)))
    except BeyondHorizon:
        return False
    return True


def _parse_target(document: Mapping[str, Any], *, at: str) -> Target:
    after_dispatch = document.get("after_dispatch")
    return Target(
        _parse_duration(document["within"], at=f"{at}/within"),
        document["calendar"],
        None if after_dispatch is None else _parse_duration(after_dispatch, at=f"{at}/after_dispatch"),
        document.get("warn_at"),
    )


def _parse_steps(steps: Sequence[Mapping[str, Any]], *, at: str) -> tuple[EscalationStep, ...]:
    return tuple(_parse_step(step, at=f"{at}/{index}") for index, step in enumerate(steps))


def _parse_step(step: Mapping[str, Any], *, at: str) -> EscalationStep:
    if "at" in step:
        return EscalationStep(float(step["at"]), step["to"])
    after = _parse_duration(step["after"], at=f"{at}/after")
    if after.days:
        raise PolicyInvalid("A step comes so many hours, minutes or seconds after the deadline.", pointer=f"{at}/after")
    return EscalationStep(after.rest, step["to"])


def _parse_duration(written: str, *, at: str) -> Duration:
    try:
        return durations.parse(written)
    except durations.DurationError as error:
        raise PolicyInvalid(str(error), pointer=at) from None


def _longest_duration(target: Target) -> Duration:
    return max(
        (target.within, target.after_dispatch or target.within),
        key=lambda duration: duration.working_time(timedelta(days=1)),
    )
