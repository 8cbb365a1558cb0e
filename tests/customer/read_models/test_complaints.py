"""Complaints as the customer service sees them: whose they are, and whether they are open."""

from itertools import permutations
from uuid import uuid4

import pytest

from heed_common.contracts.complaint import (
    CaseKind,
    ComplaintAmended,
    ComplaintClosed,
    ComplaintReopened,
    ComplaintStatus,
    RemedyGranted,
    RemedyKind,
)
from heed_customer.read_models.complaints import service
from tests.conftest import NOON
from tests.customer.events import make_complaint, receive
from tests.scoring.factories import make_response, received

pytestmark = pytest.mark.asyncio
ENDED = {"state": ComplaintStatus.CLOSED, "ended_at": NOON, "selling_suspended": False}


async def count_open(session, *customer_ids, confidential=True):
    return await service.open_complaints(session, customer_ids, confidential=confidential)


async def test_an_open_complaint_counts_until_it_has_ended(session):
    ann, bob = uuid4(), uuid4()
    opened = make_complaint(ann)
    await receive(session, received(opened), received(make_complaint(ann)))
    assert await count_open(session, ann, bob) == {ann: 2, bob: 0}
    closed = make_complaint(ann, kind=ComplaintClosed, complaint_id=opened.complaint_id, **ENDED)
    await receive(session, received(closed, aggversion=2))
    assert await count_open(session, ann) == {ann: 1}


async def test_the_newest_version_wins_in_any_order_of_arrival(session):
    orders = list(permutations(range(3)))
    for order in orders:
        ann, complaint_id = uuid4(), uuid4()
        events = [
            received(make_complaint(ann, complaint_id=complaint_id), aggversion=1),
            received(make_complaint(ann, kind=ComplaintClosed, complaint_id=complaint_id, **ENDED), aggversion=2),
            received(make_complaint(ann, kind=ComplaintReopened, complaint_id=complaint_id), aggversion=3),
        ]
        for index in order:
            await receive(session, events[index])
        assert await count_open(session, ann) == {ann: 1}
        assert await service.has_any_open(session, [ann])
    assert len(orders) == 6


async def test_a_corrected_customer_no_longer_has_the_complaint(session):
    ann, bob = uuid4(), uuid4()
    opened = make_complaint(ann)
    moved = make_complaint(
        bob,
        kind=ComplaintAmended,
        complaint_id=opened.complaint_id,
        changed=("customer_id",),
        former_customer_ids=(ann,),
    )
    await receive(session, received(opened), received(moved, aggversion=2))
    assert await count_open(session, ann, bob) == {ann: 0, bob: 1}


async def test_praise_and_merged_complaints_are_not_open_complaints(session):
    ann = uuid4()
    praise = make_complaint(ann).model_copy(update={"kind": CaseKind.PRAISE})
    merged = make_complaint(ann, merged_into=uuid4())
    await receive(session, received(praise), received(merged))
    assert await count_open(session, ann) == {ann: 0}


async def test_the_kind_of_a_remedy_is_not_the_kind_of_the_case(session):
    ann = uuid4()
    case = make_complaint(ann).model_dump(exclude={"kind", "external_id"})
    remedy = RemedyGranted(**case, kind=RemedyKind.REFUND, remedy_id=uuid4(), currency="USD")
    await receive(session, received(remedy))
    assert await count_open(session, ann) == {ann: 1}


async def test_confidential_complaints_count_only_for_callers_who_may_read_them(session):
    ann = uuid4()
    await receive(session, received(make_complaint(ann)), received(make_complaint(ann, confidential=True)))
    assert await count_open(session, ann) == {ann: 2}
    assert await count_open(session, ann, confidential=False) == {ann: 1}


async def test_an_answer_that_comes_before_its_complaint_opens_nothing(session):
    ann, complaint_id = uuid4(), uuid4()
    await receive(session, received(make_response(ann, complaint_id=complaint_id)))
    assert await count_open(session, ann) == {ann: 0}
    await receive(session, received(make_complaint(ann, complaint_id=complaint_id)))
    assert await count_open(session, ann) == {ann: 1}


async def test_an_event_that_arrives_twice_is_processed_once(session):
    event = received(make_complaint(uuid4()))
    assert await receive(session, event, event) == 1
    assert await receive(session, event) == 0
