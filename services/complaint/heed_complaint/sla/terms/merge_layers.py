"""Merge of the layers that apply to a complaint into one plan. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock.opening_hours import DAY
from heed_complaint.sla.clock.plan import DEFAULT_WARN_AT, OnReopen, Plan, Terms
from heed_complaint.sla.clock.working_time import Calendar
from heed_complaint.sla.terms.calendars.rules import typical_working_day
from heed_complaint.sla.terms.policies.rules import BUILT_IN_TARGETS, Layer, Target

Setting = TypeVar("Setting")


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """The terms of an agreement besides its layer, which is the first one."""

    agreement_id: UUID
    calendar: str | None
    """The customer's calendar, which replaces all calendars with working hours. Targets counted round the clock remain
    so, and the agreement's own targets use the calendars that they name."""


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of one complaint in order of precedence, `default` last."""

    layers: tuple[Layer, ...]
    agreement: AgreementTerms | None = None
    dispatched: bool = False
    """Whether a call centre dispatched the complaint."""

    def first(self, setting: Callable[[Layer], Setting | None]) -> Setting | None:
        """Return the setting of the first layer that has it."""
        return next((value for value in map(setting, self.layers) if value is not None), None)

    def target_of(self, milestone: Milestone) -> tuple[Layer, Target]:
        """Return the first layer with a target for the milestone, and that target; `default` has the built-in ones."""
        for layer in self.layers:
            if milestone in layer.targets:
                return layer, layer.targets[milestone]
        return self.layers[-1], BUILT_IN_TARGETS[milestone]


def plan(layers: Layers, calendars: Mapping[str, Calendar], *, revision: int) -> Plan:
    """Merge the layers into a plan."""
    first, retroactive = layers.layers[0], layers.first(lambda layer: layer.retroactive)
    return Plan(
        first.key.name,
        first.key.version,
        agreement_id=layers.agreement.agreement_id if layers.agreement else None,
        terms={milestone: _terms(milestone, layers, calendars) for milestone in Milestone},
        on_reopen=layers.first(lambda layer: layer.on_reopen) or OnReopen.CONTINUE,
        retroactive=True if retroactive is None else retroactive,
        escalation=layers.first(lambda layer: layer.escalate) or (),
        revision=revision,
    )


def is_always_open(calendar: Calendar) -> bool:
    """Return whether every minute of a usual week is working time."""
    return all(sum(end - start for start, end in day) == DAY for day in calendar.hours.week)


def _terms(milestone: Milestone, layers: Layers, calendars: Mapping[str, Calendar]) -> Terms:
    layer, target = layers.target_of(milestone)
    within = target.after_dispatch if layers.dispatched and target.after_dispatch else target.within
    calendar = _calendar(calendars[target.calendar], layer, layers, calendars)
    # Alerts are sent in the working hours of the target; one counted round the clock should not wake agents at night.
    warn_during = layers.first(lambda layer: layer.warn_during) if is_always_open(calendar) else None
    return Terms(
        within.working_time(typical_working_day(calendar.hours)),
        calendar,
        warn_at=DEFAULT_WARN_AT if target.warn_at is None else target.warn_at,
        warn_within=calendars[warn_during] if warn_during else None,
        pause_counts=bool(layers.first(lambda layer: layer.pause_counts)),
        escalation=layers.first(lambda layer: layer.escalate) or (),
        policy=layer.key,
    )


def _calendar(named: Calendar, layer: Layer, layers: Layers, calendars: Mapping[str, Calendar]) -> Calendar:
    agreement = layers.agreement
    if agreement is None or agreement.calendar is None or layer is layers.layers[0] or is_always_open(named):
        return named
    return calendars[agreement.calendar]
