"""A complaint that was filed under one wrong customer after the other: each of them is rid of it, come what may."""

import itertools
from datetime import timedelta
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import ComplaintAmended
from heed_complaint.lifecycle.opening.rules import MAX_CORRECTIONS, MAX_FORMER_CUSTOMERS, former_customers
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.entry import REMOVED_FROM_CUSTOMER
from heed_scoring.ledger.facts import Facts
from tests.scoring.factories import NOON, make_complaint, received

COMPLAINT = UUID(int=999)
PATHS = st.lists(st.integers(1, 6), min_size=2, max_size=MAX_CORRECTIONS + 1).map(
    lambda path: [path[0], *(after for before, after in itertools.pairwise(path) if after != before)]
)


def events(path, *, between):
    """The events of a complaint that is filed under these one after the other, with others in between."""
    opening, former, version = UUID(int=path[0]), [], 0
    for number, name in enumerate(path):
        customer_id = UUID(int=name)
        if number:
            former = former_customers(former, opening=opening, left=UUID(int=path[number - 1]), now_of=customer_id)
        for _ in range(1 + between):
            version += 1
            complaint = make_complaint(
                customer_id,
                ComplaintAmended,
                complaint_id=COMPLAINT,
                changed=("customer_id",),
                former_customer_ids=(opening, *former) if number else (),
                occurred_at=NOON + timedelta(seconds=version),
            )
            yield received(complaint, aggversion=version)


def owners(batch):
    """Who has the complaint, by the facts of each customer that any of these events names."""
    facts = {}
    for event in batch:
        for row in ledger_rows(event):
            facts.setdefault(row.customer_id, Facts()).add(row)
    return {
        customer_id.int
        for customer_id, its_facts in facts.items()
        if its_facts.complaints[str(COMPLAINT)]["state"] != REMOVED_FROM_CUSTOMER
    }


@given(PATHS, st.integers(0, 2), st.randoms(use_true_random=False))
def test_in_any_order_and_however_often_only_the_last_customer_has_it(path, between, random: Random):
    batch = [*events(path, between=between)] * 2
    random.shuffle(batch)
    assert owners(batch) == {path[-1]}


@given(PATHS, st.data())
def test_two_events_in_a_row_that_are_dead_letters_do_no_harm_before_two_later_ones(path, data):
    batch = list(events([*path, 7, 8], between=0))
    lost = data.draw(st.integers(0, len(batch) - 3))
    remaining = [event for place, event in enumerate(batch) if not lost <= place < lost + 2]
    assert owners(remaining) == {8}


def test_no_event_costs_more_rows_than_five():
    batch = list(events(list(range(1, MAX_CORRECTIONS + 2)), between=1))
    assert max(len(ledger_rows(event)) for event in batch) == 2 + MAX_FORMER_CUSTOMERS
