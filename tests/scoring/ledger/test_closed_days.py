"""Facts with closed days give the scores of the fold of all rows, whenever days were closed and opened in between."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.customer import ReturnReason
from heed_scoring.engine.features.features import features, year_before
from heed_scoring.engine.money import Money
from heed_scoring.engine.rhythms import purchase_series
from heed_scoring.handlers import ledger_rows
from heed_scoring.identities.merged_facts import members_to_open, merge_facts
from heed_scoring.ledger.closed_days import MIN_CLOSED, YEAR_AND_A_MONTH
from heed_scoring.ledger.facts import fold, from_json, to_json
from tests.examples import examples
from tests.scoring.factories import NOON, make_purchase, make_return, received

TODAY = NOON.date()
MEMBERS = [UUID(int=number) for number in (1, 2, 3)]
MONEY = Money(rates={"CNY": "0.14"})
"""EUR has no rate."""
purchases = st.builds(
    lambda member, ago, currency, gross, categories: make_purchase(
        member, days_ago=ago, currency=currency, gross=gross, categories=categories
    ),
    st.sampled_from(MEMBERS),
    # Few different days, so that members share some of them and returns empty some.
    st.sampled_from([*range(399, 404), *range(700, 706), 1200, 0, 30, 364, 365, 366]),
    st.sampled_from(["USD", "CNY", "EUR"]),
    st.sampled_from(["0.01", "7", "130.55"]),
    st.lists(st.sampled_from(["tea", "Tea", "milk"]), unique=True).map(tuple),
)


@st.composite
def lives(draw):
    """Rows of three customers in any order, with returns that come before their purchase or under another member."""
    bought = draw(st.lists(purchases, min_size=3, max_size=16))
    returned = [
        make_return(
            purchase,
            customer_id=draw(st.sampled_from([purchase.customer_id] * 4 + MEMBERS)),
            margin=purchase.margin * draw(st.sampled_from([0, 1])),
            reason=draw(st.sampled_from(ReturnReason)),
        )
        for purchase in bought
        if draw(st.booleans())
    ]
    events = draw(st.permutations([*bought, *returned]))
    return [ledger_rows(received(event))[0] for event in events]


class Store:
    """Facts of one customer as they are stored: closed after each batch, opened where a row or a score needs it."""

    def __init__(self):
        self.rows, self.stored = [], to_json(fold([]))

    def read(self, *, today, taken=()):
        facts = from_json(self.stored)
        if facts.must_open(since=year_before(today), taken=taken):
            self.open(facts)
        return facts

    def open(self, facts):
        days = fold(self.rows).purchases
        facts.open_days({on: days[on] for on in days if facts.is_closed(NOON.date().fromisoformat(on))})

    def add(self, rows, *, today):
        facts = self.read(today=today, taken=[row.day.toordinal() for row in rows if row.units < 0])
        for row in rows:
            facts.add(row)
            self.rows.append(row)
        facts.close_days(today, at_least=1)
        self.stored = to_json(facts)


def scored(facts):
    """All that a score is computed from, without the names under which it is stored."""
    seen = features(facts, day=TODAY, money=MONEY)
    seen.category_days = seen.undone = None
    return seen, purchase_series(facts)


def canonical(facts):
    facts.close_days(TODAY, at_least=1)
    return facts


@given(lives(), st.data())
@examples(200)
def test_facts_with_closed_days_are_the_fold_of_all_rows(rows, data):
    stores = {member: Store() for member in MEMBERS}
    for member, store in stores.items():
        own = [row for row in rows if row.customer_id == member]
        while own:
            size = data.draw(st.integers(1, 5))
            # The clock of a worker may be behind, or far ahead for a while.
            today = TODAY + timedelta(days=data.draw(st.sampled_from([-300, -1, 0, 0, 40, 500])))
            store.add(own[:size], today=today)
            own = own[size:]
        assert scored(store.read(today=TODAY)) == scored(fold(store.rows))
    parts = {member: from_json(store.stored) for member, store in stores.items()}
    for member in members_to_open(parts, since=year_before(TODAY)):
        stores[member].open(parts[member])
    together = data.draw(st.permutations(list(parts.values())))
    assert scored(merge_facts(together)) == scored(fold(rows))


@given(lives(), st.randoms(use_true_random=False))
@examples(100)
def test_the_same_days_are_closed_whatever_was_closed_before(rows, random):
    own = [row for row in rows if row.customer_id == MEMBERS[0]]
    store = Store()
    for row in random.sample(own, len(own)):
        store.add([row], today=TODAY - timedelta(days=random.choice([0, 1, 300])))
    assert canonical(from_json(store.stored)) == canonical(fold(own))


def test_the_days_of_a_year_and_a_month_stay_open_and_so_do_returned_ones():
    bought = [make_purchase(MEMBERS[0], days_ago=ago) for ago in range(380, 380 + 2 * MIN_CLOSED)]
    returned = make_return(bought[-1])
    facts = fold(ledger_rows(received(event))[0] for event in [*bought, returned])
    facts.close_days(TODAY)
    last_closed = (TODAY - YEAR_AND_A_MONTH).isoformat()
    still_open = sorted(facts.purchases)
    assert still_open[0] == returned.purchase_occurred_at.date().isoformat()
    assert min(still_open[1:]) > last_closed
    assert (len(facts.closed.days), len(still_open)) == (2 * MIN_CLOSED - 21, 21)


def test_few_old_days_are_not_closed():
    facts = fold(
        ledger_rows(received(make_purchase(MEMBERS[0], days_ago=500 + ago)))[0] for ago in range(MIN_CLOSED - 1)
    )
    assert not facts.close_days(TODAY)
    assert facts.closed is None


def test_nothing_is_taken_from_a_closed_day_unseen():
    bought = make_purchase(MEMBERS[0], days_ago=500)
    facts = fold([ledger_rows(received(bought))[0]])
    facts.close_days(TODAY, at_least=1)
    (row,) = ledger_rows(received(make_return(bought)))
    with pytest.raises(ValueError, match="must be open"):
        facts.add(row)
    other = fold([row])
    with pytest.raises(ValueError, match="must be open"):
        merge_facts([facts, other])
    with pytest.raises(ValueError, match="must be open"):
        features(facts, day=TODAY - timedelta(days=400), money=MONEY)
