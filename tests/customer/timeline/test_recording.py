"""Recording of events in the timeline."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from heed_common.contracts.complaint import ComplaintAmended, ComplaintMessageReceived
from heed_common.contracts.message import ComplaintMessageSent
from heed_common.contracts.survey import InvitationIssued, InvitationKind
from heed_customer.timeline.tables import TimelineEntry
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.customer.events import make_complaint, receive, receive_own
from tests.customer.factories import buy
from tests.scoring.factories import make_response, received

pytestmark = pytest.mark.asyncio


async def load(session, **filters):
    return (await session.scalars(select(TimelineEntry).filter_by(**filters).order_by(TimelineEntry.event_id))).all()


async def test_an_entry_has_its_event_moment_and_subject(session):
    ann, event = uuid4(), received(make_complaint(uuid4()), aggversion=7)
    event = received(event.event.model_copy(update={"customer_id": ann}), aggversion=7)
    await receive(session, event)
    (entry,) = await load(session, customer_id=ann)
    assert (entry.event_id, entry.at, entry.version) == (event.id, NOON, 7)
    assert (entry.type, entry.service) == ("heed.complaint.opened.v1", "complaint")
    assert entry.subject == entry.complaint_id == event.event.complaint_id
    assert entry.data["category"] == "service.attitude"
    assert not {"customer_id", "occurred_at", "former_customer_ids"} & entry.data.keys()


async def test_what_the_service_publishes_itself_comes_back_into_the_timeline(client, customer_database):
    purchase = await buy(client)
    assert await receive_own(customer_database) == 2
    async with customer_database.transaction() as session:
        entries = await load(session)
    assert [entry.type for entry in entries] == ["heed.customer.registered.v1", "heed.purchase.recorded.v1"]
    assert entries[1].data["gross"] == purchase["gross"]


async def test_answers_and_explanations_stay_where_the_link_leads(session):
    ann = uuid4()
    await receive(session, received(make_response(ann)), received(make_score(ann)))
    response, score = sorted(await load(session, customer_id=ann), key=lambda entry: entry.type)
    assert "answers" not in response.data
    assert score.data["value"]["tier"] == "B"
    assert not {"explanation", "caused_by_type", "caused_by_event_id"} & score.data.keys()
    assert "reason" not in score.data["churn_risk"]


async def test_a_message_about_a_complaint_belongs_to_the_complaint(session):
    ann, complaint = uuid4(), make_complaint(uuid4())
    sent = ComplaintMessageSent(
        occurred_at=NOON, message_id=uuid4(), customer_id=ann, purpose="service", channel="mail",
        template="acknowledgement", about={"type": "complaint", "id": complaint.complaint_id},
    )  # fmt: skip
    await receive(session, received(sent))
    (entry,) = await load(session, customer_id=ann)
    assert (entry.complaint_id, entry.service) == (complaint.complaint_id, "complaint")


async def test_entries_about_a_complaint_move_with_it_to_the_identified_customer(session):
    complaint_id, ann = uuid4(), uuid4()
    opened = make_complaint(complaint_id, complaint_id=complaint_id)
    invited = InvitationIssued(
        occurred_at=NOON, survey_id=uuid4(), survey_version=1, invitation_id=uuid4(),
        kind=InvitationKind.CALL_BACK, complaint_id=complaint_id,
    )  # fmt: skip
    await receive(session, received(opened), received(invited))
    assert len(await load(session, customer_id=complaint_id)) == 2
    identified = make_complaint(
        ann, kind=ComplaintAmended, complaint_id=complaint_id, changed=("customer_id",),
        former_customer_ids=(complaint_id,),
    )  # fmt: skip
    await receive(session, received(identified, aggversion=2))
    assert len(await load(session, customer_id=ann)) == 3
    late = make_complaint(
        complaint_id, kind=ComplaintMessageReceived, complaint_id=complaint_id, message_id=uuid4(), channel="mail"
    )
    await receive(session, received(late, aggversion=1))
    assert len(await load(session, customer_id=ann)) == 4
