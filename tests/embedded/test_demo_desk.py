"""The desk of the demo: the same for a seed, possible histories, and enough of everything for queue and reports."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

from heed import demo_desk
from heed_common.contracts.complaint import ComplaintStatus as State
from heed_complaint.intake.imports.lines.schemas import PastComplaintIn
from heed_complaint.intake.imports.past.moves import check_moments
from heed_complaint.lifecycle.transitions import rules

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)
CUSTOMERS = [f"cdnow-{number}" for number in range(1, 3000)]


def draw():
    return list(demo_desk.lines(seed=7, until=NOW, customers=CUSTOMERS))


def last_state(past):
    state, paused = State.RECEIVED, False
    for move in past.moves:
        assert move.step.action in rules.allowed(state, paused=paused)
        state, paused = rules.state_after(state, move.step), rules.paused_after(move.step, paused=paused)
    return state


def test_a_seed_draws_the_same_desk_with_possible_histories_in_every_state():
    lines = draw()
    assert lines == draw()
    complaints = [PastComplaintIn.model_validate(json.loads(line)).to_domain() for line in lines]
    assert all(check_moments(past.moves, received_at=past.received_at, now=NOW) is None for past in complaints)
    assert all(NOW - past.received_at <= timedelta(days=demo_desk.DAYS) for past in complaints)
    states = Counter(last_state(past) for past in complaints)
    assert set(states) == set(State), states
    assert states[State.CLOSED] > len(complaints) / 2
    categories = Counter(past.new.category for past in complaints).most_common()
    assert sum(count for _, count in categories[:3]) > 0.6 * len(complaints)
