"""What users of similar systems requested and got late, about scores: each test is named after a request."""

from datetime import timedelta
from uuid import UUID

from heed_common.contracts.survey import Measure
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.identities.merged_facts import merge_facts
from heed_scoring.ledger.facts import fold
from tests.scoring.engine.test_churn import risk, row_of
from tests.scoring.factories import NOON, make_answer, make_referral

CUSTOMER, DUPLICATE, FRIEND, OTHER = (UUID(int=number) for number in (1, 2, 8, 9))
MODEL = prior(Money())
DAY = timedelta(days=1)


def satisfied(level, moment):
    return row_of(make_answer(CUSTOMER, Measure.SATISFACTION, level=level, occurred_at=moment))


def referrals(facts):
    return features(facts, day=NOON.date(), money=MODEL.money).referrals


def test_i_want_a_friend_who_was_referred_three_times_to_count_once():
    rows = [row_of(make_referral(CUSTOMER, FRIEND, occurred_at=NOON + day * DAY)) for day in range(3)]
    assert referrals(fold(rows)) == referrals(fold(rows[:1])) == 1
    assert referrals(fold([*rows, row_of(make_referral(CUSTOMER, OTHER))])) == 2


def test_i_want_friends_who_are_no_customers_yet_to_count_each():
    assert referrals(fold([row_of(make_referral(CUSTOMER)) for _ in range(2)])) == 2


def test_i_want_a_friend_whom_both_halves_of_a_merged_customer_brought_to_count_once():
    halves = [fold([row_of(make_referral(half, FRIEND))]) for half in (CUSTOMER, DUPLICATE)]
    assert referrals(merge_facts(halves)) == 1


def test_i_want_a_bad_answer_that_comes_late_not_to_make_the_customer_look_safer():
    content = [satisfied(8, NOON), satisfied(6, NOON + DAY)]
    late = satisfied(1, NOON - 90 * DAY)
    assert risk([*content, late], MODEL) == risk(content, MODEL)


def test_i_want_a_customer_who_was_unhappy_once_not_to_look_safer_than_one_who_never_was():
    always = [satisfied(9, NOON - DAY), satisfied(9, NOON)]
    once = [satisfied(1, NOON - DAY), satisfied(9, NOON)]
    assert risk(once, MODEL) >= risk(always, MODEL)


def test_i_want_to_see_that_satisfaction_fell_since_it_was_best():
    rows = [satisfied(5, NOON - 2 * DAY), satisfied(9, NOON - DAY), satisfied(4, NOON)]
    found = score([features(fold(rows), day=NOON.date(), money=MODEL.money)], MODEL)[0]
    (line,) = [line for line in found.explanation().factors() if line.factor == "satisfaction_trend"]
    assert line.seen == ("-0.50",)
    assert set(line.evidence) == {str(row.event_id) for row in rows[1:]}
