"""Customers who are one have the facts of all their rows, however the rows were shared out among them."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import ComplaintAmended, ComplaintStatus, Severity
from heed_common.contracts.survey import Measure
from heed_scoring.engine.features.features import features
from heed_scoring.engine.money import Money
from heed_scoring.handlers import ledger_rows
from heed_scoring.identities.merged_facts import MERGE_FUNCTIONS, merge_facts
from heed_scoring.ledger.facts import NAMES, Facts, fold, from_json, to_json
from tests.examples import examples
from tests.scoring.factories import (
    NOON,
    make_answer,
    make_complaint,
    make_hand_over,
    make_interaction,
    make_purchase,
    make_referral,
    make_registration,
    make_remedy,
    make_response,
    make_return,
    received,
)

MEMBERS = [UUID(int=number) for number in (1, 2, 3)]
members, ago = st.sampled_from(MEMBERS), st.integers(0, 700)
moments = ago.map(lambda days: NOON - timedelta(days=days))
purchases = st.builds(
    lambda member, days, currency, categories: make_purchase(
        member, days_ago=days, currency=currency, categories=categories
    ),
    members,
    ago,
    st.sampled_from(["USD", "CNY"]),
    st.lists(st.sampled_from(["tea", "Tea", "TEA\u200b", "Milk"]), unique=True).map(tuple),
)
returns = purchases.map(make_return)
complaints = st.builds(
    lambda member, former, complaint, severity, state: make_complaint(
        member,
        ComplaintAmended,
        complaint_id=UUID(int=complaint),
        severity=severity,
        state=state,
        former_customer_ids=former,
        changed=("customer_id",),
    ),
    members,
    st.lists(members, max_size=2).map(tuple),
    st.integers(0, 3),
    st.sampled_from(Severity),
    st.sampled_from(ComplaintStatus),
)
remedies = st.builds(
    lambda member, complaint, remedy, amount: make_remedy(
        member, complaint_id=UUID(int=complaint), remedy_id=UUID(int=remedy), amount=Decimal(amount)
    ),
    members,
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 50),
)
others = st.one_of(
    st.builds(lambda member, moment: make_registration(member, occurred_at=moment), members, moments),
    st.builds(lambda member, moment: make_hand_over(member, occurred_at=moment), members, moments),
    st.builds(lambda member, moment: make_interaction(member, occurred_at=moment, cost=Decimal(3)), members, moments),
    st.builds(lambda member, friend, moment: make_referral(member, friend, occurred_at=moment),
              members, st.sampled_from([None, UUID(int=8), UUID(int=9)]), moments),
    st.builds(lambda member, level, moment: make_response(member, level=level, occurred_at=moment),
              members, st.integers(1, 5), moments),
    st.builds(lambda member, measure, level, moment: make_answer(member, measure, level=level, occurred_at=moment),
              members, st.sampled_from([Measure.RECOMMENDATION, Measure.SATISFACTION]) , st.integers(0, 10),
              moments),
)  # fmt: skip
events = st.lists(st.one_of(purchases, returns, complaints, remedies, others), max_size=20)


def rows_of(events):
    """By member; versions rise in the order given."""
    rows = [row for place, event in enumerate(events) for row in ledger_rows(received(event, aggversion=place + 1))]
    return {member: [row for row in rows if row.customer_id == member] for member in MEMBERS}


@given(events, st.randoms(use_true_random=False))
@examples(150)
def test_the_facts_of_those_who_are_one_are_the_fold_of_all_their_rows(events, random):
    owned = rows_of(events)
    parts = [from_json(to_json(fold(rows))) for rows in owned.values()]
    rows = [row for rows in owned.values() for row in rows]
    whole = fold(rows)
    assert fold(random.sample(rows, len(rows))) == whole
    for order in permutations(parts):
        assert merge_facts(order) == whole
    assert merge_facts([merge_facts(parts[:2]), parts[2]]) == merge_facts([parts[0], merge_facts(parts[1:])]) == whole


def test_facts_that_are_joined_stay_as_they_were():
    owned = rows_of([make_purchase(member, days_ago=3) for member in MEMBERS])
    parts = [fold(rows) for rows in owned.values()]
    merge_facts(parts)
    assert parts == [fold(rows) for rows in owned.values()]


def test_every_kind_of_fact_is_joined():
    assert set(NAMES) <= set(MERGE_FUNCTIONS)
    empty, events = Facts(), [event for member in MEMBERS for event in one_of_each(member)]
    owned = rows_of(events)
    for rows in owned.values():
        facts = with_closed_days(rows)
        assert [name for name in NAMES if getattr(facts, name) == getattr(empty, name)] == []
    together = with_closed_days([row for rows in owned.values() for row in rows])
    assert merge_facts(map(with_closed_days, owned.values())) == together


def test_a_complaint_that_moves_between_two_who_are_one_stays_theirs():
    first, second, _ = MEMBERS
    opened = make_complaint(first)
    moved = make_complaint(second, ComplaintAmended, complaint_id=opened.complaint_id, former_customer_ids=(first,),
                           changed=("customer_id",))  # fmt: skip
    owned = rows_of([opened, moved])
    assert features(fold(owned[first]), day=NOON.date(), money=Money()).complaints == []
    (complaint,) = features(merge_facts(map(fold, owned.values())), day=NOON.date(), money=Money()).complaints
    assert complaint.stage == "open"


def with_closed_days(rows):
    facts = fold(rows)
    facts.close_days(NOON.date(), at_least=1)
    return facts


def one_of_each(member):
    bought = make_purchase(member, days_ago=3, categories=("Tea",), margin_estimated=True)
    return [
        make_registration(member), bought, make_return(bought), make_hand_over(member),
        make_purchase(member, days_ago=500),
        make_interaction(member, cost=Decimal(3)), make_remedy(member), make_response(member), make_referral(member),
        make_referral(member, UUID(int=9)),
    ]  # fmt: skip
