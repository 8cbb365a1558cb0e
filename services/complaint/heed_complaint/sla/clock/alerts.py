"""What has to be told of a clock, and when something has to be told next. Pure.

Whoever looks at a clock tells what is due: the timer, which sleeps until the next moment, or a move that comes first.
So it makes no difference to what is told whether somebody looked in time.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from heed_complaint.sla.clock import run
from heed_complaint.sla.clock.clock import Clock, each


class Alarm(StrEnum):
    WARNING = "warn"
    BREACH = "breach"
    BREACH_WITHDRAWN = "withdraw_breach"
    ESCALATION = "escalate"


@dataclass(frozen=True, slots=True)
class News:
    """Something to tell of a clock, with the moment at which it came to be."""

    alarm: Alarm
    clock: Clock
    at: datetime
    step: int = 0
    """Which step of the escalation chain, counted from one."""


def ring(clock: Clock, *, now: datetime) -> tuple[Clock, list[News]]:
    """The clock after everything that is due was told, and what that is, in the order in which it happened."""
    news: list[News] = []

    def tell(one: Clock) -> Clock:
        after = _told(one, now)
        news.extend(_news(one, after, now))
        return after

    return each(clock, tell), sorted(news, key=lambda item: item.at)


def overlook(clock: Clock, *, now: datetime) -> Clock:
    """For a clock whose deadline has just been found to lie in the past: nobody can be warned of that any more."""
    return replace(clock, warned=True) if not clock.missed and clock.late_at(now) else clock


def next_at(clock: Clock, *, now: datetime) -> datetime | None:
    """The moment after which something has to be told; for a clock that has just been rung it is not in the past."""
    if not clock.runs or clock.stopped_at:
        return None
    return min(_moments(clock, now), default=None)


def _told(clock: Clock, now: datetime) -> Clock:
    """What is told and true. What has come to lie ahead again, after a correction, will be told again."""
    missed, warned, escalated = clock.late_at(now) is not None, _is_warned(clock, now), _taken(clock, now)
    if (missed, warned, escalated) == (clock.missed, clock.warned, clock.escalated):
        return clock
    return replace(clock, missed=missed, warned=warned, escalated=escalated)


def _news(clock: Clock, after: Clock, now: datetime) -> Iterator[News]:
    if after is clock:
        return
    if after.warned and not clock.warned:
        yield News(Alarm.WARNING, after, clock.warn_at or now)
    if after.missed and not clock.missed:
        yield News(Alarm.BREACH, after, clock.late_at(now) or now)
    if clock.missed and not after.missed:
        yield News(Alarm.BREACH_WITHDRAWN, after, now)
    for place in range(clock.escalated, after.escalated):
        yield News(Alarm.ESCALATION, after, clock.step_at(place) or now, place + 1)


def _is_warned(clock: Clock, now: datetime) -> bool:
    if clock.stopped_at or not clock.runs:
        return clock.warned
    at = clock.warn_at
    if at is None:
        return clock.warned
    return at <= now and (clock.warned or _is_late(clock, now) or _is_awake(clock, now))


def _taken(clock: Clock, now: datetime) -> int:
    """How many steps have been taken when the due ones are."""
    if clock.stopped_at or not clock.runs:
        return clock.escalated
    taken = 0
    while taken < len(clock.terms.escalation):
        at = clock.step_at(taken)
        known = taken < clock.escalated
        if not (known if at is None else at <= now and (known or _is_awake(clock, now))):
            break
        taken += 1
    return taken


def _moments(clock: Clock, now: datetime) -> Iterator[datetime]:
    due_at = clock.due_at
    if due_at is not None and not clock.missed:
        yield due_at
    if not clock.warned and (at := _from(clock, clock.warn_at, now)) and (due_at is None or at < due_at):
        yield at
    if clock.escalated < len(clock.terms.escalation) and (at := _from(clock, clock.step_at(clock.escalated), now)):
        yield at


def _from(clock: Clock, at: datetime | None, now: datetime) -> datetime | None:
    """That moment, or where it has passed, the next one at which somebody may be called."""
    return at if at is None or at > now else run.awake(clock.runs[-1], clock.ledger, now)


def _is_late(clock: Clock, now: datetime) -> bool:
    due_at = clock.due_at
    return due_at is not None and due_at < now


def _is_awake(clock: Clock, now: datetime) -> bool:
    return run.awake(clock.runs[-1], clock.ledger, now) == now
