"""How the layers that hold of a complaint make one plan. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock.opening_hours import DAY
from heed_complaint.sla.clock.plan import WARN_AT, OnReopen, Plan, Terms
from heed_complaint.sla.clock.working_time import Calendar
from heed_complaint.sla.terms.calendars.rules import usual_day
from heed_complaint.sla.terms.policies.rules import Layer

Said = TypeVar("Said")


@dataclass(frozen=True, slots=True)
class Own:
    """What an agreement brings beside its layer, which is the first one then."""

    agreement_id: UUID
    calendar: str | None
    """The customer's: it takes the place of all that have working hours. What is counted round the clock stays so, and
    so does what the agreement itself says."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What holds of one complaint, the first one first and `default` last."""

    said: tuple[Layer, ...]
    own: Own | None = None
    dispatched: bool = False
    """Whether a call centre sent it on."""

    def first(self, what: Callable[[Layer], Said | None]) -> Said | None:
        """The word of the first one that says anything about it."""
        return next((said for said in map(what, self.said) if said is not None), None)

    def naming(self, milestone: Milestone) -> Layer:
        return next(layer for layer in self.said if milestone in layer.targets)


def plan(layers: Layers, calendars: Mapping[str, Calendar], *, revision: int) -> Plan:
    """What they grant together."""
    first, retroactive = layers.said[0], layers.first(lambda layer: layer.retroactive)
    return Plan(
        first.key.name,
        first.key.version,
        agreement_id=layers.own.agreement_id if layers.own else None,
        terms={milestone: _terms(milestone, layers, calendars) for milestone in Milestone},
        on_reopen=layers.first(lambda layer: layer.on_reopen) or OnReopen.CONTINUE,
        retroactive=True if retroactive is None else retroactive,
        escalation=layers.first(lambda layer: layer.escalate) or (),
        revision=revision,
    )


def never_closes(calendar: Calendar) -> bool:
    """Whether every minute of a usual week is working time."""
    return all(sum(end - start for start, end in day) == DAY for day in calendar.hours.week)


def _terms(milestone: Milestone, layers: Layers, calendars: Mapping[str, Calendar]) -> Terms:
    layer = layers.naming(milestone)
    target = layer.targets[milestone]
    within = target.after_dispatch if layers.dispatched and target.after_dispatch else target.within
    calendar = _calendar(calendars[target.calendar], layer, layers, calendars)
    # Where work is done in hours these are the hours to be warned in; where it never ends, people sleep all the same.
    awake = layers.first(lambda layer: layer.warn_during) if never_closes(calendar) else None
    return Terms(
        within.by(usual_day(calendar.hours)),
        calendar,
        warn_at=WARN_AT if target.warn_at is None else target.warn_at,
        warn_within=calendars[awake] if awake else None,
        pause_counts=bool(layers.first(lambda layer: layer.pause_counts)),
        escalation=layers.first(lambda layer: layer.escalate) or (),
        policy=layer.key,
    )


def _calendar(named: Calendar, layer: Layer, layers: Layers, calendars: Mapping[str, Calendar]) -> Calendar:
    own = layers.own
    if own is None or own.calendar is None or layer is layers.said[0] or never_closes(named):
        return named
    return calendars[own.calendar]
