"""Events of complaints move the score of the customer concerned: not of an unknown one, and not twice."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import text

from heed_common.contracts.complaint import (
    CaseKind,
    ComplaintAmended,
    ComplaintCompleted,
    ComplaintEvent,
    ComplaintReopened,
    ComplaintStatus,
    Milestone,
    SLABreached,
)
from heed_common.contracts.registry import EVENTS
from heed_scoring import handlers
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.ledger.facts import fold
from heed_scoring.scores import service
from heed_scoring.scores.errors import NoScoreThen
from tests.scoring.factories import NOON, make_complaint, make_purchase, make_remedy, received

COSTLY = Money(complaint_cost="15")
TARGET = {"milestone": Milestone.RESOLUTION, "due_at": NOON}
RESOLVED = {"state": ComplaintStatus.COMPLETED, "completed_at": NOON}


def follow(complaint, event=None, /, **more):
    """The next event about it."""
    return (event or type(complaint))(**(complaint.model_dump() | more))


def make_case(customer_id, kind):
    return follow(make_complaint(customer_id), kind=kind)


def scored(customer_id, *events, days=0):
    """Everything is folded in the order given, with rising versions."""
    bought = [received(make_purchase(customer_id, days_ago=ago)) for ago in (60, 30, 5)]
    batch = [*bought, *(received(event, aggversion=place) for place, event in enumerate(events, start=1))]
    rows = [row for one in batch for row in handlers.ledger_rows(one) if row.customer_id == customer_id]
    return _score(rows, days=days)


def _score(rows, *, days=0):
    seen = features(fold(rows), day=NOON.date() + timedelta(days=days), money=COSTLY)
    (result,) = score([seen], prior(COSTLY))
    return result


def risk(*arguments, **options):
    return Decimal(scored(*arguments, **options).risk.probability)


def value(*arguments):
    return Decimal(scored(*arguments).value.amount)


@pytest.mark.parametrize("kind", [CaseKind.PRAISE, CaseKind.ENQUIRY, CaseKind.SUGGESTION, CaseKind.SERVICE_REQUEST])
def test_what_is_no_complaint_moves_no_number(kind):
    customer_id = uuid4()
    case = make_case(customer_id, kind)
    late = follow(case, SLABreached, breached=("resolution",), **TARGET)
    assert risk(customer_id, case, late) == risk(customer_id)
    assert value(customer_id, case) == value(customer_id)


def test_an_enquiry_that_turns_out_to_be_a_complaint_counts_from_then_on_and_the_other_way_round():
    customer_id = uuid4()
    enquiry = make_case(customer_id, CaseKind.ENQUIRY)
    complaint = follow(enquiry, ComplaintAmended, kind=CaseKind.COMPLAINT, changed=("kind",))
    assert risk(customer_id, enquiry, complaint) > risk(customer_id)
    again = follow(complaint, ComplaintAmended, kind=CaseKind.ENQUIRY)
    assert risk(customer_id, enquiry, complaint, again) == risk(customer_id)


def test_an_unvoiced_grievance_weighs_most_costs_nothing_and_fades():
    customer_id = uuid4()
    grievance = make_case(customer_id, CaseKind.UNVOICED_GRIEVANCE)
    complaint = make_case(customer_id, CaseKind.COMPLAINT)
    assert risk(customer_id, grievance) > risk(customer_id, complaint) > risk(customer_id)
    assert value(customer_id, grievance) == value(customer_id) > value(customer_id, complaint)
    assert scored(customer_id, grievance).saved == ()
    half_a_year = 180
    weighed = [risk(customer_id, grievance, days=days) - risk(customer_id, days=days) for days in (0, half_a_year)]
    assert weighed[1] < weighed[0]
    mistaken = follow(grievance, ComplaintAmended, state=ComplaintStatus.WITHDRAWN, changed=())
    assert risk(customer_id, grievance, mistaken) == risk(customer_id)


def test_two_complaints_that_became_one_are_felt_and_paid_for_once():
    customer_id = uuid4()
    first, second = make_case(customer_id, CaseKind.COMPLAINT), make_case(customer_id, CaseKind.COMPLAINT)
    merged = follow(second, ComplaintAmended, state=ComplaintStatus.CLOSED, merged_into=first.complaint_id, changed=())
    assert value(customer_id, first, second) < value(customer_id, first)
    assert value(customer_id, first, second, merged) == value(customer_id, first)
    assert risk(customer_id, first, second, merged) == risk(customer_id, first)
    apart = follow(second, ComplaintAmended, changed=())
    assert value(customer_id, first, second, merged, apart) == value(customer_id, first, second)


def test_each_step_of_a_complaint_moves_the_risk_the_way_it_should():
    customer_id = uuid4()
    opened = make_complaint(customer_id)
    late = follow(opened, SLABreached, breached=(Milestone.RESOLUTION,), within_target=False, **TARGET)
    slowly = follow(late, ComplaintCompleted, **RESOLVED)
    quickly = follow(opened, ComplaintCompleted, within_target=True, **RESOLVED)
    again = follow(quickly, ComplaintReopened, state=ComplaintStatus.ACCEPTED, completed_at=None, within_target=None)
    unsolved = follow(quickly, ComplaintAmended, state=ComplaintStatus.CALLED_BACK, solved=False, changed=())
    calm = risk(customer_id)
    assert risk(customer_id, opened, late) > risk(customer_id, opened) > risk(customer_id, opened, late, slowly)
    assert risk(customer_id, opened, late, slowly) > risk(customer_id, opened, quickly) >= calm
    assert risk(customer_id, opened, quickly, again) == risk(customer_id, opened)
    assert risk(customer_id, opened, quickly, unsolved) > risk(customer_id, opened)


def test_what_becomes_of_a_deadline_moves_the_risk_and_never_value_or_tier():
    """Tiers may move deadlines: if deadlines moved tiers, the two services would answer each other for ever."""
    customer_id = uuid4()
    opened = make_complaint(customer_id)
    late = follow(opened, SLABreached, breached=(Milestone.RESOLUTION,), within_target=False, **TARGET)
    before, after = scored(customer_id, opened), scored(customer_id, opened, late)
    assert before.risk.probability != after.risk.probability
    assert (before.value.amount, before.value.potential, before.value.tier) == (
        after.value.amount,
        after.value.potential,
        after.value.tier,
    )


def test_a_remedy_lowers_what_the_customer_is_worth():
    customer_id = uuid4()
    opened = make_complaint(customer_id)
    remedy = make_remedy(customer_id, complaint_id=opened.complaint_id, amount=Decimal(20))
    assert value(customer_id, opened, remedy) == value(customer_id, opened) - 20


def test_a_complaint_counts_from_the_moment_that_its_customer_is_known():
    customer_id, complaint_id = uuid4(), uuid4()
    unknown = make_complaint(complaint_id, complaint_id=complaint_id)
    known = follow(
        unknown,
        ComplaintAmended,
        customer_id=customer_id,
        former_customer_ids=(complaint_id,),
        changed=("customer_id",),
    )
    assert [row.customer_id for row in handlers.ledger_rows(received(unknown))] == [None]
    assert [row.customer_id for row in handlers.ledger_rows(received(known))] == [customer_id]
    for order in permutations([unknown, known]):
        rows = [
            row for event in order for row in handlers.ledger_rows(received(event, aggversion=1 + (event is known)))
        ]
        facts = fold(row for row in rows if row.customer_id == customer_id)
        assert facts.complaints.keys() == {str(complaint_id)}
    assert risk(customer_id, known) > risk(customer_id)


@pytest.mark.asyncio
async def test_a_complaint_of_an_unknown_customer_makes_no_score(scoring_database, clock):
    complaint_id = uuid4()
    unknown = received(make_complaint(complaint_id, complaint_id=complaint_id))
    async with scoring_database.transaction() as session:
        assert await handlers.process_batch(session, [unknown], clock=clock) == 1
        with pytest.raises(NoScoreThen):
            await service.score_at(session, customer_id=complaint_id, at=None, now=NOON)
        assert (await session.execute(text("SELECT count(*) FROM customer"))).scalar_one() == 0


def test_scoring_handles_every_event_about_a_complaint_or_its_deadlines():
    heard = {event for event in handlers.HANDLERS if issubclass(event, ComplaintEvent)}
    theirs = {event for event in EVENTS.values() if issubclass(event, ComplaintEvent)}
    assert {event.type for event in theirs - heard} == {"heed.guarantee.triggered", "heed.complaint.message_received"}
