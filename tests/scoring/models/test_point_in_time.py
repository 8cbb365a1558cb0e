"""Looking back at a day: nothing that came after it may be seen, but for whether anything was bought."""

from datetime import UTC, datetime, time, timedelta
from uuid import NAMESPACE_OID as SPACE
from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from heed_common.business_days import UTC_DAYS
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.money import Money
from heed_scoring.handlers import ledger_rows
from heed_scoring.models.outcomes.point_in_time import KnowledgePolicy, TimedRow, features_as_of
from tests.examples import examples
from tests.scoring.factories import NOON, make_complaint, make_purchase, make_response, make_return, received

CUSTOMER = UUID(int=1)
DAY = NOON.date() - timedelta(days=200)
END_OF_DAY = datetime.combine(DAY + timedelta(days=1), time(), UTC)
KNOWN_UNTIL = NOON.date()

few = examples(60)
moments = st.integers(0, 600).map(lambda days: NOON - timedelta(days=days))
later = st.integers(0, 199).map(lambda days: NOON - timedelta(days=days))
money = st.integers(1, 500).map(str)


def rows_of(events, *, known=None):
    """Return ledger rows; by default each was recorded when it happened. Its id names the event."""
    return [
        TimedRow(row, known or event.occurred_at)
        for place, event in enumerate(events)
        for row in ledger_rows(received(event, aggversion=place + 1, event_id=uuid5(SPACE, f"{id(event)}")))
    ]


def bought(days_ago, gross="100"):
    return make_purchase(CUSTOMER, purchase_id=UUID(int=days_ago + 1000), days_ago=days_ago, gross=gross)


def look(rows, knowledge=KnowledgePolicy.NOW, *, day=DAY, known_until=KNOWN_UNTIL):
    return features_as_of(rows, day=day, known_until=known_until, money=Money(), days=UTC_DAYS, knowledge=knowledge)


events = st.one_of(
    st.builds(lambda at, gross: make_purchase(CUSTOMER, occurred_at=at, gross=gross), moments, money),
    st.builds(lambda at: make_complaint(CUSTOMER, complaint_id=UUID(int=7), occurred_at=at, opened_at=at), moments),
    st.builds(lambda at, level: make_response(CUSTOMER, occurred_at=at, level=level), moments, st.integers(1, 5)),
)
later_events = st.one_of(
    st.builds(lambda at, gross: make_purchase(CUSTOMER, occurred_at=at, gross=gross), later, money),
    st.builds(lambda at: make_complaint(CUSTOMER, complaint_id=UUID(int=7), occurred_at=at, opened_at=at), later),
    st.builds(lambda at, level: make_response(CUSTOMER, occurred_at=at, level=level), later, st.integers(1, 5)),
)


@few
@given(st.lists(events, max_size=8), st.lists(later_events, max_size=6), st.data())
def test_whatever_happens_after_the_day_changes_no_feature(happened, otherwise, data):
    known = [event for event in happened if event.occurred_at < END_OF_DAY]
    purchases = [event for event in known if event.full_type() == "heed.purchase.recorded.v1"]
    returned = data.draw(st.lists(st.sampled_from(purchases), unique_by=id)) if purchases else []
    came_back = [make_return(purchase, occurred_at=NOON) for purchase in returned]
    for knowledge in KnowledgePolicy:
        as_it_was = look(rows_of([*known, *(event for event in happened if event not in known)]), knowledge)
        had_it_been_different = look(rows_of([*known, *otherwise, *came_back]), knowledge)
        assert (as_it_was and as_it_was.features) == (had_it_been_different and had_it_been_different.features)


@few
@given(st.lists(events, min_size=1, max_size=8))
def test_what_was_reported_only_later_is_seen_now_and_was_not_known_then(happened):
    known = [event for event in happened if event.occurred_at < END_OF_DAY]
    rows = rows_of([*known, *(event for event in happened if event not in known)], known=NOON)
    assert look(rows, KnowledgePolicy.THEN) is None
    on_time = look(rows_of(known))
    assert (look(rows) and look(rows).features) == (on_time and on_time.features)


def test_a_purchase_that_came_back_after_the_day_still_counts_on_it():
    purchase = bought(250)
    rows = rows_of([purchase, make_return(purchase, occurred_at=END_OF_DAY)])
    for knowledge in KnowledgePolicy:
        assert look(rows, knowledge).features.purchase_days == 1
    in_time = rows_of([purchase, make_return(purchase, occurred_at=END_OF_DAY - timedelta(seconds=1))])
    assert look(in_time).features.purchase_days == 0


def test_a_correction_learned_of_later_undoes_what_never_was():
    purchase = bought(250)
    rows = rows_of([purchase, make_return(purchase, occurred_at=NOON, reason="correction")])
    assert look(rows).features.purchase_days == 0
    assert look(rows, KnowledgePolicy.THEN).features.purchase_days == 1


def test_an_imported_past_is_net_of_its_returns():
    purchase = bought(250)
    assert look(rows_of([purchase, make_return(purchase)], known=NOON)).features.purchase_days == 0


def test_only_a_purchase_in_the_90_days_after_the_day_is_an_answer():
    first = bought(250)
    for days, no_purchase in ((0, True), (1, False), (HORIZON_DAYS, False), (HORIZON_DAYS + 1, True)):
        rows = rows_of([first, bought(200 - days)])
        assert look(rows).no_purchase is no_purchase


def test_a_purchase_that_came_back_whole_was_no_coming_back():
    again = bought(150)
    assert look(rows_of([bought(250), again])).no_purchase is False
    assert look(rows_of([bought(250), again, make_return(again)])).no_purchase is True


def test_until_the_90_days_are_over_the_outcome_is_unknown():
    rows = rows_of([bought(250)])
    last = DAY + timedelta(days=HORIZON_DAYS)
    assert look(rows, known_until=last - timedelta(days=1)).no_purchase is None
    assert look(rows, known_until=last).no_purchase is True


def test_a_customer_who_came_only_after_the_day_has_no_features():
    assert look(rows_of([bought(199)])) is None
