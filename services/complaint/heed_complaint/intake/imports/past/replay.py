"""Replay of the life of a complaint up to now, by the rules that complaints are handled by. Pure.

Alerts and broken promises are recorded at their moments, as the scheduler would have done: just after a deadline.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python

from heed_common.contracts.complaint import ComplaintStatus
from heed_common.errors import HeedError
from heed_common.identifiers import id_of
from heed_complaint.intake.imports.past.moves import PastMove
from heed_complaint.lifecycle.transitions import rules
from heed_complaint.lifecycle.transitions.errors import TransitionNotAllowed
from heed_complaint.lifecycle.transitions.rules import Action, Transition
from heed_complaint.resolution.callback_answers.rules import CallbackPolicy, NoAnswerAction, action_when_unanswered
from heed_complaint.sla.clock import alerts
from heed_complaint.sla.clock.alerts import AlertKind
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.plan import OnReopen
from heed_complaint.sla.clock.rows import with_common_ledger
from heed_complaint.sla.promises import rules as promise_rules
from heed_complaint.sla.promises.rules import ComplaintPromiseState, PromiseKind

INSTANT = timedelta(microseconds=1)
"""A deadline is missed after its moment, not at it."""
CLOCK = "clock"
NO_ANSWER_REASON = "The customer did not answer the call-back."


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the history."""

    at: datetime
    by: str | None
    action: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    note: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class PastPromise:
    """A promise that a move made."""

    id: UUID
    description: str
    promised_by: datetime
    made_at: datetime
    made_by: str
    state: ComplaintPromiseState = ComplaintPromiseState.OPEN
    settled_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.state is ComplaintPromiseState.OPEN


@dataclass(slots=True)
class PastCompletion:
    """A completion, and its reopening."""

    by: str
    at: datetime
    reopened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conditions:
    """What decides what followed from moves and from time."""

    kind: str
    on_reopen: OnReopen
    policy: CallbackPolicy
    actor: str
    """Who made the moves of which it is not known."""


@dataclass(slots=True)
class Life:
    """A complaint at one moment, with everything that had happened to it by then."""

    at: datetime
    clocks: Clocks
    columns: dict[str, Any]
    """Columns of the complaint that moves change."""
    entries: list[Entry] = field(default_factory=list)
    promises: list[PastPromise] = field(default_factory=list)
    completions: list[PastCompletion] = field(default_factory=list)

    @property
    def state(self) -> ComplaintStatus:
        return ComplaintStatus(self.columns["state"])


def begin(*, received_at: datetime, clocks: Clocks) -> Life:
    """Return the life of a complaint at its receipt."""
    columns = {"state": ComplaintStatus.RECEIVED, "paused": False, "escalation_level": 0, "revision": 1}
    return Life(received_at, clocks, columns)


def replay(life: Life, moves: Sequence[PastMove], conditions: Conditions, *, now: datetime) -> HeedError | None:
    """Let the complaint live through the moves, and on until now. Return the error of a move that was not possible."""
    for index, move in enumerate(moves):
        _pass_time(life, until=move.at)
        allowed = rules.allowed(life.state, paused=life.columns["paused"], kind=conditions.kind)
        if move.step.action not in allowed:
            return TransitionNotAllowed(allowed, pointer=f"/transitions/{index}/action")
        _move(life, move.step, conditions, by=move.by or conditions.actor)
    _end_unanswered(life, conditions, now=now)
    _pass_time(life, until=now)
    return None


def _pass_time(life: Life, *, until: datetime) -> None:
    """Record the alerts and broken promises that were due before that moment."""
    while (due := _next_due(life)) is not None and due + INSTANT <= until:
        life.at = max(life.at, due + INSTANT)
        _record_alerts(life)
        for promise in life.promises:
            if promise.is_open and promise_rules.is_broken(promise.promised_by, now=life.at):
                _break(life, promise)
    life.at = max(life.at, until)


def _next_due(life: Life) -> datetime | None:
    deadlines = [alerts.next_alert_at(clock, now=life.at) for clock in life.clocks.values()]
    promised = [promise.promised_by for promise in life.promises if promise.is_open]
    return min((due for due in (*deadlines, *promised) if due is not None), default=None)


def _record_alerts(life: Life) -> None:
    life.clocks, due = alerts.all_due_alerts(life.clocks, now=life.at)
    for alert in due:
        if alert.kind is AlertKind.ESCALATION:
            life.columns["escalation_level"] = max(life.columns["escalation_level"], alert.step)
        before, after = alerts.history_values(alert, now=life.at)
        life.entries.append(Entry(life.at, None, alert.kind, before, after))


def _break(life: Life, promise: PastPromise) -> None:
    promise.state, promise.settled_at = ComplaintPromiseState.BROKEN, promise.promised_by
    after = {
        "promise_id": str(promise.id),
        "state": promise.state,
        "promised_by": promise.promised_by.isoformat(),
    }
    life.entries.append(Entry(life.at, None, "break_promise", {}, after))


def _move(life: Life, step: Transition, conditions: Conditions, *, by: str) -> None:
    """Apply a move that is allowed, at the present moment of the life."""
    at, state, paused = life.at, life.state, life.columns["paused"]
    _record_alerts(life)
    life.clocks = with_common_ledger(rules.clocks_after(life.clocks, step, at=at, on_reopen=conditions.on_reopen))
    life.columns |= rules.field_changes(state, step, paused=paused, at=at)
    life.columns["revision"] += 1
    after = {"state": life.columns["state"], "paused": life.columns["paused"]}
    content = to_jsonable_python(rules.recorded_values(step))
    before = {"state": state, "paused": paused}
    life.entries.append(Entry(at, by, step.action, before, after | content, step.note, step.reason))
    _settle_promises(life, step.effect)
    if step.effect is Action.COMMIT and step.promise is not None and step.promised_by is not None:
        life.promises.append(PastPromise(id_of(at), step.promise, step.promised_by, at, by))
    if step.effect is Action.COMPLETE:
        life.completions.append(PastCompletion(by, at))
    if step.effect is Action.REOPEN:
        for completion in life.completions:
            completion.reopened_at = completion.reopened_at or at


def _settle_promises(life: Life, effect: Action) -> None:
    if effect is not Action.COMPLETE and effect not in rules.SETTLES_PROMISES:
        return
    for promise in life.promises:
        if promise.is_open:
            promise.state = (
                promise_rules.state_at_completion(PromiseKind.REPAIR_CYCLE, promise.promised_by, now=life.at)
                if effect is Action.COMPLETE
                else promise_rules.state_at_end(promise.promised_by, now=life.at)
            )
            promise.settled_at = life.at


def _end_unanswered(life: Life, conditions: Conditions, *, now: datetime) -> None:
    """Close or reopen a resolved complaint whose customer did not answer in time, as the policy has it."""
    completed_at: datetime | None = life.columns.get("completed_at")
    if completed_at is None:
        return
    moment = max(life.at, completed_at + conditions.policy.no_answer_after)
    action = action_when_unanswered(life.state, solved=life.columns.get("solved"), policy=conditions.policy)
    if moment > now or action is NoAnswerAction.NOTHING:
        return
    step = (
        Transition(Action.CLOSE)
        if action is NoAnswerAction.CLOSE
        else Transition(Action.REOPEN, reason=NO_ANSWER_REASON)
    )
    _pass_time(life, until=moment)
    _move(life, step, conditions, by=CLOCK)
