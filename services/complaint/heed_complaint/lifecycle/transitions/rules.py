"""State machine of complaints. Pure: no clock, no tables."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from heed_common.contracts import complaint as contract
from heed_common.contracts.complaint import CaseKind
from heed_common.contracts.complaint import ComplaintStatus as State
from heed_complaint.core.rules import ENDED
from heed_complaint.sla.clock import milestones as sla
from heed_complaint.sla.clock.milestones import Clocks
from heed_complaint.sla.clock.plan import OnReopen

HISTORY_COLUMNS = ("action", "note", "reason")


class Action(StrEnum):
    ACCEPT = "accept"
    DECLINE = "decline"
    REFER = "refer"
    CONTACT = "contact"
    COMMIT = "commit"
    COMPLETE = "complete"
    CONFIRM = "confirm"
    CALL_BACK = "call_back"
    WAIT_FOR_CUSTOMER = "wait_for_customer"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"


MOVES: Mapping[State, Mapping[Action, State]] = {
    State.RECEIVED: {
        Action.ACCEPT: State.ACCEPTED,
        Action.DECLINE: State.DECLINED,
        Action.REFER: State.REFERRED,
        Action.WITHDRAW: State.WITHDRAWN,
    },
    State.ACCEPTED: {
        Action.CONTACT: State.CONTACTED,
        Action.COMPLETE: State.COMPLETED,
        Action.WITHDRAW: State.WITHDRAWN,
    },
    State.CONTACTED: {
        Action.COMMIT: State.COMMITTED,
        Action.COMPLETE: State.COMPLETED,
        Action.WITHDRAW: State.WITHDRAWN,
    },
    State.COMMITTED: {Action.COMPLETE: State.COMPLETED, Action.WITHDRAW: State.WITHDRAWN},
    State.COMPLETED: {
        Action.CONFIRM: State.CONFIRMED,
        Action.CALL_BACK: State.CALLED_BACK,
        Action.REOPEN: State.ACCEPTED,
        Action.CLOSE: State.CLOSED,
    },
    State.CONFIRMED: {
        Action.CALL_BACK: State.CALLED_BACK,
        Action.CLOSE: State.CLOSED,
        Action.REOPEN: State.ACCEPTED,
    },
    State.CALLED_BACK: {Action.CLOSE: State.CLOSED, Action.REOPEN: State.ACCEPTED},
    State.DECLINED: {Action.REOPEN: State.ACCEPTED},
    State.REFERRED: {Action.REOPEN: State.ACCEPTED},
    State.CLOSED: {Action.REOPEN: State.ACCEPTED},
    State.WITHDRAWN: {},
}
"""Who reopens a complaint has taken it up again, so it goes on as accepted. Pausing is no state: see `allowed`."""

PAUSABLE = frozenset({State.ACCEPTED, State.CONTACTED, State.COMMITTED})
SETTLES_PROMISES = frozenset({Action.DECLINE, Action.REFER, Action.WITHDRAW, Action.CLOSE})
"""Actions that end the complaint other than by a completion."""
UNVOICED_ACTIONS = frozenset({Action.REFER, Action.WITHDRAW})
"""Actions of an unvoiced grievance: it is referred or withdrawn; to be handled it has to change its kind first."""

CLOCK_EFFECTS: Mapping[Action, Callable[[Clocks, datetime], Clocks]] = {
    Action.DECLINE: sla.ended,
    Action.REFER: sla.ended,
    Action.CONTACT: sla.contacted,
    Action.COMMIT: sla.committed,
    Action.COMPLETE: sla.completed,
    Action.CALL_BACK: sla.called_back,
    Action.WAIT_FOR_CUSTOMER: sla.paused,
    Action.RESUME: sla.resumed,
    Action.CLOSE: sla.ended,
    Action.WITHDRAW: sla.ended,
}
"""What a move does to the clocks; a reopening does as the policy wants it, the others leave them alone."""

EVENTS: Mapping[Action, type[contract.ComplaintEvent]] = {
    Action.ACCEPT: contract.ComplaintAccepted,
    Action.DECLINE: contract.ComplaintDeclined,
    Action.REFER: contract.ComplaintReferred,
    Action.CONTACT: contract.ComplaintContacted,
    Action.COMMIT: contract.ComplaintCommitted,
    Action.COMPLETE: contract.ComplaintCompleted,
    Action.CONFIRM: contract.ComplaintConfirmed,
    Action.CALL_BACK: contract.ComplaintCalledBack,
    Action.WAIT_FOR_CUSTOMER: contract.ComplaintPaused,
    Action.RESUME: contract.ComplaintResumed,
    Action.CLOSE: contract.ComplaintClosed,
    Action.REOPEN: contract.ComplaintReopened,
    Action.WITHDRAW: contract.ComplaintWithdrawn,
}


@dataclass(frozen=True, slots=True)
class Transition:
    """A transition with the fields of its action; the API has checked that the required ones are present."""

    action: Action
    note: str | None = None
    reason: str | None = None
    answered_live: bool | None = None
    promise: str | None = None
    promised_by: datetime | None = None
    resolution: str | None = None
    cause: str | None = None
    responsibility: str | None = None
    accepted: bool | None = None
    solved: bool | None = None
    pleasant: bool | None = None

    @property
    def effect(self) -> Action:
        """A customer who does not accept the result has reopened the complaint."""
        return Action.REOPEN if self.action is Action.CONFIRM and not self.accepted else self.action

    @property
    def no_contact(self) -> bool:
        """Return whether a call-back reached no one: it is published, but changes no state and stops no clock."""
        return self.action is Action.CALL_BACK and self.solved is None


def allowed(state: State, *, paused: bool, kind: str = CaseKind.COMPLAINT) -> tuple[Action, ...]:
    """The actions that are possible now, in the order of the flow."""
    possible = set(MOVES[state])
    if kind == CaseKind.UNVOICED_GRIEVANCE:
        possible &= UNVOICED_ACTIONS
    if state in PAUSABLE:
        possible.add(Action.RESUME if paused else Action.WAIT_FOR_CUSTOMER)
    return tuple(action for action in Action if action in possible)


def state_after(state: State, move: Transition) -> State:
    """Return the state after an allowed transition."""
    return state if move.no_contact else MOVES[state].get(move.effect, state)


def field_changes(state: State, move: Transition, *, paused: bool, at: datetime) -> dict[str, Any]:
    """What the move writes on the complaint."""
    after = state_after(state, move)
    changes = {"state": after, "paused": paused_after(move, paused=paused)}
    if after in ENDED:
        changes["ended_at"] = at
    match move.effect:
        case Action.COMMIT:
            return changes | {"promise": move.promise, "promised_by": move.promised_by}
        case Action.COMPLETE:
            found = {"resolution": move.resolution, "cause": move.cause, "responsibility": move.responsibility}
            return changes | found | {"completed_at": at}
        case Action.CALL_BACK:
            return changes | {"solved": move.solved, "pleasant": move.pleasant}
        case Action.REOPEN:
            return changes | dict.fromkeys(("completed_at", "ended_at", "solved", "pleasant", "resolution"))
        case _:
            return changes


def recorded_values(move: Transition) -> dict[str, Any]:
    """Return the values that the history records as content of the move; it has columns for note and reason."""
    return {name: value for name, value in asdict(move).items() if value is not None and name not in HISTORY_COLUMNS}


def paused_after(move: Transition, *, paused: bool) -> bool:
    """A pause lasts until the customer answers or the complaint leaves the flow."""
    if move.action is Action.WAIT_FOR_CUSTOMER:
        return True
    return paused and move.action in {Action.CONTACT, Action.COMMIT}


def clocks_after(clocks: Clocks, move: Transition, *, at: datetime, on_reopen: OnReopen) -> Clocks:
    """What the move leaves running."""
    if move.effect is Action.REOPEN:
        return sla.reopened(clocks, at, how=on_reopen)
    effect = CLOCK_EFFECTS.get(move.effect)
    return clocks if effect is None or move.no_contact else effect(clocks, at)
