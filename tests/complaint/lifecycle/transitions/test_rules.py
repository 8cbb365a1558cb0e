"""The moves, against the contract word for word."""

import re
from itertools import product

import pytest

from heed_common.contracts.complaint import ComplaintStatus as State
from heed_complaint.lifecycle.transitions import rules
from heed_complaint.lifecycle.transitions.rules import Action
from tests.complaint.factories.complaints import make_move

CONTRACT = """
    received → accept decline refer withdraw
    accepted → contact complete withdraw
    contacted → commit complete withdraw
    committed → complete withdraw
    completed → confirm call_back reopen close
    confirmed → call_back close reopen
    called_back → close reopen
    declined → reopen
    referred → reopen
    closed → reopen
    withdrawn →
"""
STATE_AFTER = {
    Action.ACCEPT: State.ACCEPTED,
    Action.DECLINE: State.DECLINED,
    Action.REFER: State.REFERRED,
    Action.CONTACT: State.CONTACTED,
    Action.COMMIT: State.COMMITTED,
    Action.COMPLETE: State.COMPLETED,
    Action.CONFIRM: State.CONFIRMED,
    Action.CALL_BACK: State.CALLED_BACK,
    Action.CLOSE: State.CLOSED,
    Action.REOPEN: State.ACCEPTED,
    Action.WITHDRAW: State.WITHDRAWN,
}
MOVES = {
    State(state): {Action(action) for action in actions.split()}
    for state, actions in re.findall(r"(\w+) →(.*)", CONTRACT)
}
FROM_ACCEPTED_TO_COMMITTED = {State.ACCEPTED, State.CONTACTED, State.COMMITTED}


def expected(state: State, action: Action, *, paused: bool) -> bool:
    if action in {Action.WAIT_FOR_CUSTOMER, Action.RESUME}:
        return state in FROM_ACCEPTED_TO_COMMITTED and paused == (action is Action.RESUME)
    return action in MOVES[state]


def test_the_contract_names_every_state():
    assert set(MOVES) == set(State)


@pytest.mark.parametrize(("state", "action", "paused"), list(product(State, Action, (False, True))))
def test_a_move_is_allowed_exactly_where_the_contract_allows_it(state, action, paused):
    assert (action in rules.allowed(state, paused=paused)) is expected(state, action, paused=paused)


@pytest.mark.parametrize(("state", "action"), [(state, action) for state in MOVES for action in sorted(MOVES[state])])
def test_an_allowed_move_leads_to_the_state_of_its_name(state, action):
    assert rules.state_after(state, make_move(action)) is STATE_AFTER[action]


def test_a_result_that_the_customer_does_not_accept_is_open_again():
    refused = make_move(Action.CONFIRM, accepted=False)
    assert rules.state_after(State.COMPLETED, refused) is State.ACCEPTED
    assert rules.EVENTS[refused.effect].type == "heed.complaint.reopened"


@pytest.mark.parametrize("state", [State.COMPLETED, State.CONFIRMED])
def test_a_call_that_reached_no_one_moves_nothing(state):
    assert rules.state_after(state, make_move(Action.CALL_BACK, solved=None, pleasant=None)) is state


@pytest.mark.parametrize("action", [Action.CONTACT, Action.COMMIT])
def test_a_pause_goes_on_while_the_desk_talks_with_the_customer(action):
    assert rules.paused_after(make_move(action), paused=True)


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.WITHDRAW, Action.RESUME])
def test_a_pause_ends_with_the_answer_or_with_the_complaint(action):
    assert not rules.paused_after(make_move(action), paused=True)


def test_every_action_has_an_event_of_its_own():
    assert set(rules.EVENTS) == set(Action)
    assert len(set(rules.EVENTS.values())) == len(Action)
