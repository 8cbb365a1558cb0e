"""Alerts of a clock: which are due, and when the next one will be. Pure.

Every reader of a clock fires what is due: the scheduler, which sleeps until the next moment, or a transition that comes
first. So the alerts are the same whether or not the scheduler was in time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from heed_common.contracts.complaint import Milestone
from heed_complaint.sla.clock import run
from heed_complaint.sla.clock.clock import Clock, map_clocks


class AlertKind(StrEnum):
    WARNING = "warn"
    BREACH = "breach"
    BREACH_WITHDRAWN = "withdraw_breach"
    ESCALATION = "escalate"


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert of a clock, with the moment at which it became true."""

    kind: AlertKind
    clock: Clock
    at: datetime
    step: int = 0
    """Number of the step in the escalation chain, counted from one."""


def due_alerts(clock: Clock, *, now: datetime) -> tuple[Clock, list[Alert]]:
    """Return the clock with its due alerts recorded, and these alerts in the order in which they happened."""
    alerts: list[Alert] = []

    def record(clock: Clock) -> Clock:
        after = _with_alerts_recorded(clock, now)
        alerts.extend(_new_alerts(clock, after, now))
        return after

    return map_clocks(clock, record), sorted(alerts, key=lambda alert: alert.at)


def all_due_alerts(clocks: Mapping[Milestone, Clock], *, now: datetime) -> tuple[dict[Milestone, Clock], list[Alert]]:
    """Return the clocks of a complaint with their due alerts recorded, and these alerts in their order."""
    fired = {milestone: due_alerts(clock, now=now) for milestone, clock in clocks.items()}
    after = {milestone: clock for milestone, (clock, _) in fired.items()}
    return after, sorted(
        (alert for _, its_alerts in fired.values() for alert in its_alerts), key=lambda alert: alert.at
    )


def history_values(alert: Alert, *, now: datetime) -> tuple[dict[str, object], dict[str, object]]:
    """Return what the history of the complaint records about the alert: the values before and after."""
    before: dict[str, object] = {"milestone": alert.clock.milestone}
    step = {"step": alert.step, "to": recipient(alert)} if alert.kind is AlertKind.ESCALATION else {}
    return before, before | step | {"state": alert.clock.state(now)}


def recipient(alert: Alert) -> str:
    """Return to whom a step of the escalation chain escalates."""
    return alert.clock.terms.escalation[alert.step - 1].to


def suppress_past_warning(clock: Clock, *, now: datetime) -> Clock:
    """Mark the warning as announced if the deadline has just been found to lie in the past: it would come too late."""
    is_past = not clock.breach_announced and clock.breached_at(now)
    return replace(clock, warning_announced=True) if is_past else clock


def next_alert_at(clock: Clock, *, now: datetime) -> datetime | None:
    """Return the moment after which an alert is due; for a clock whose alerts are recorded it is not in the past."""
    if not clock.runs or clock.stopped_at:
        return None
    return min(_upcoming(clock, now), default=None)


def _with_alerts_recorded(clock: Clock, now: datetime) -> Clock:
    """Record which alerts hold now. One that lies ahead again after a correction will be announced again."""
    breached, warned = clock.breached_at(now) is not None, _is_warning_announced(clock, now)
    escalations = _escalations_taken(clock, now)
    announced = clock.breach_announced, clock.warning_announced, clock.escalations_announced
    if (breached, warned, escalations) == announced:
        return clock
    return replace(clock, breach_announced=breached, warning_announced=warned, escalations_announced=escalations)


def _new_alerts(clock: Clock, after: Clock, now: datetime) -> Iterator[Alert]:
    if after is clock:
        return
    if after.warning_announced and not clock.warning_announced:
        yield Alert(AlertKind.WARNING, after, clock.warn_at or now)
    if after.breach_announced and not clock.breach_announced:
        yield Alert(AlertKind.BREACH, after, clock.breached_at(now) or now)
    if clock.breach_announced and not after.breach_announced:
        yield Alert(AlertKind.BREACH_WITHDRAWN, after, now)
    for index in range(clock.escalations_announced, after.escalations_announced):
        yield Alert(AlertKind.ESCALATION, after, clock.escalation_at(index) or now, index + 1)


def _is_warning_announced(clock: Clock, now: datetime) -> bool:
    if clock.stopped_at or not clock.runs:
        return clock.warning_announced
    at = clock.warn_at
    if at is None:
        return clock.warning_announced
    return at <= now and (clock.warning_announced or _is_overdue(clock, now) or _is_alert_time(clock, now))


def _escalations_taken(clock: Clock, now: datetime) -> int:
    """Return how many steps have been taken once the due ones are."""
    if clock.stopped_at or not clock.runs:
        return clock.escalations_announced
    taken = 0
    while taken < len(clock.terms.escalation):
        at = clock.escalation_at(taken)
        announced = taken < clock.escalations_announced
        if not (announced if at is None else at <= now and (announced or _is_alert_time(clock, now))):
            break
        taken += 1
    return taken


def _upcoming(clock: Clock, now: datetime) -> Iterator[datetime]:
    due_at, taken = clock.due_at, clock.escalations_announced
    if due_at is not None and not clock.breach_announced:
        yield due_at
    if not clock.warning_announced:
        at = _next_alert_time(clock, clock.warn_at, now)
        if at and (due_at is None or at < due_at):
            yield at
    if taken < len(clock.terms.escalation) and (at := _next_alert_time(clock, clock.escalation_at(taken), now)):
        yield at


def _next_alert_time(clock: Clock, at: datetime | None, now: datetime) -> datetime | None:
    """Return that moment or, if it has passed, the next one at which alerts may be sent."""
    return at if at is None or at > now else run.next_alert_time(clock.runs[-1], clock.ledger, now)


def _is_overdue(clock: Clock, now: datetime) -> bool:
    due_at = clock.due_at
    return due_at is not None and due_at < now


def _is_alert_time(clock: Clock, now: datetime) -> bool:
    return run.next_alert_time(clock.runs[-1], clock.ledger, now) == now
