from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import CaseKind, ComplaintAmended, ComplaintStatus, Severity
from heed_common.contracts.customer import ReturnReason
from heed_common.contracts.survey import ABOUT, Measure
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.day_set import DaySet
from heed_scoring.ledger.facts import fold, from_json, to_json
from tests.examples import examples
from tests.scoring.factories import (
    NOON,
    make_answer,
    make_complaint,
    make_hand_over,
    make_purchase,
    make_response,
    make_return,
    received,
)

CUSTOMER = UUID(int=1)
days = st.integers(0, 700)
amounts = st.decimals("0.01", "500", places=2).map(str)
categories = st.lists(st.sampled_from(["tea", "Tea", "TEA\u200b", "milk", "Bread", "crème", " "]), unique=True).map(
    tuple
)
purchases = st.builds(
    lambda ago, gross, categories: make_purchase(CUSTOMER, days_ago=ago, gross=gross, categories=categories),
    days,
    amounts,
    categories,
)
complaints = st.builds(
    lambda complaint, severity, state, breached, kind, merged: make_complaint(
        CUSTOMER,
        ComplaintAmended,
        complaint_id=UUID(int=complaint),
        severity=severity,
        state=state,
        completed_at=NOON if state in {"completed", "confirmed"} else None,
        breached=("resolution",) if breached else (),
        changed=("severity",),
        merged_into=UUID(int=9) if merged else None,
    ).model_copy(update={"kind": kind}),
    st.integers(0, 3),
    st.sampled_from(Severity),
    st.sampled_from(ComplaintStatus),
    st.booleans(),
    st.sampled_from(CaseKind),
    st.booleans(),
)
moments = st.integers(0, 90).map(lambda ago: NOON - timedelta(days=ago))
responses = st.builds(
    lambda level, moment: make_response(CUSTOMER, level=level, occurred_at=moment), st.integers(1, 5), moments
)
subjects = st.sampled_from(
    [(measure, about) for measure in Measure for about in sorted(ABOUT.get(measure, [])) or [None]]
)
answers = st.builds(
    lambda subject, level, moment: make_answer(CUSTOMER, subject[0], level=level, about=subject[1], occurred_at=moment),
    subjects,
    st.integers(0, 10),
    moments,
)
hand_overs = st.builds(lambda moment: make_hand_over(CUSTOMER, occurred_at=moment), moments)


@st.composite
def ledgers(draw):
    """Rows of one customer; a return may come anywhere, before its purchase too."""
    bought = draw(st.lists(purchases, max_size=8))
    reasons = st.sampled_from(ReturnReason)
    returned = [make_return(purchase, reason=draw(reasons)) for purchase in bought if draw(st.booleans())]
    others = draw(st.lists(st.one_of(complaints, responses, answers, hand_overs), max_size=8))
    events = [*bought, *returned, *others]
    return [ledger_rows(received(event, aggversion=place + 1))[0] for place, event in enumerate(events)]


def scored(facts):
    return score([features(facts, day=NOON.date(), money=Money())], prior(Money()))[0]


@given(ledgers(), st.randoms(use_true_random=False))
@examples(60)
def test_any_order_of_the_rows_gives_the_same_facts_and_scores(rows, random):
    shuffled = random.sample(rows, len(rows))
    assert fold(shuffled) == fold(rows)
    assert scored(fold(shuffled)) == scored(fold(rows))


@given(ledgers(), st.integers(0, 20))
@examples(40)
def test_facts_stored_and_folded_further_are_the_facts_folded_at_once(rows, cut):
    stored = from_json(to_json(fold(rows[:cut])))
    for row in rows[cut:]:
        stored.add(row)
    assert stored == fold(rows)


def test_a_purchase_that_came_back_whole_is_no_purchase_day():
    bought = make_purchase(CUSTOMER, days_ago=3)
    rows = [ledger_rows(received(event))[0] for event in (make_return(bought), bought)]
    assert features(fold(rows), day=NOON.date(), money=Money()).purchase_days == 0


def test_of_two_states_of_a_complaint_the_one_with_the_higher_version_counts():
    opened = make_complaint(CUSTOMER)
    worse = make_complaint(CUSTOMER, complaint_id=opened.complaint_id, severity=Severity.CRITICAL)
    rows = [ledger_rows(received(worse, aggversion=2))[0], ledger_rows(received(opened, aggversion=1))[0]]
    (complaint,) = features(fold(rows), day=NOON.date(), money=Money()).complaints
    assert complaint.severity == "critical"


def test_an_anonymous_answer_moves_no_score():
    assert ledger_rows(received(make_response(None)))[0].customer_id is None
    assert ledger_rows(received(make_response(uuid4())))[0].customer_id is not None


def test_the_days_of_a_category_are_stored_once_each():
    bought = [make_purchase(CUSTOMER, days_ago=ago, categories=("tea",)) for ago in (3, 9, 3)]
    facts = fold(ledger_rows(received(event))[0] for event in bought)
    assert facts.category_days == {"tea": DaySet.of([NOON.toordinal() - 9, NOON.toordinal() - 3])}
    assert facts.estimated_margins == 0


def test_a_margin_that_was_guessed_is_known_as_such_with_and_without_a_basket():
    bought = [make_purchase(CUSTOMER, margin_estimated=True, categories=named) for named in ((), ("tea",))]
    assert fold(ledger_rows(received(event))[0] for event in bought).estimated_margins == 2


def test_a_purchase_that_was_a_mistake_does_not_make_the_returns_of_the_others_look_smaller():
    mistaken, bought = make_purchase(CUSTOMER, days_ago=3, units="3"), make_purchase(CUSTOMER, days_ago=2, units="2")
    faulty = make_return(bought, units="1", reason=ReturnReason.FAULTY)
    corrected = make_return(mistaken, reason=ReturnReason.CORRECTION)
    for events in ([mistaken, corrected, bought, faulty], [corrected, faulty, mistaken, bought]):
        rows = [ledger_rows(received(event))[0] for event in events]
        assert features(fold(rows), day=NOON.date(), money=Money()).returned_share == 0.5
