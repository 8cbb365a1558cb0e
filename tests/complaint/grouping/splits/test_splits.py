"""A split makes two complaints of one, with the same clocks."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from heed_common.errors import PreconditionFailed
from heed_complaint.core.errors import ComplaintEnded, ComplaintNotFound
from heed_complaint.grouping.splits import service
from heed_complaint.lifecycle.opening import service as complaints
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.reference.taxonomies.errors import UnknownCategory
from heed_complaint.sla import case as cases
from tests.complaint.factories.complaints import CLERK, move, names, open_complaint, staged_events, walk
from tests.conftest import NOON

HOUR = timedelta(hours=1)
PART = {"category": "billing", "description": "And I was billed twice"}
pytestmark = pytest.mark.asyncio


async def split(session, case, *, now=NOON + HOUR / 2, if_match=None, **part):
    return await service.split(
        session,
        complaint_id=case.complaint.id,
        part=PART | part,
        note="Two matters",
        by=CLERK,
        if_match=if_match,
        now=now,
    )


async def test_the_part_has_the_receipt_of_the_whole_and_its_deadlines_count_from_there(session):
    whole = await open_complaint(session, now=NOON, product="kettle", service_point_id="north")
    part = await split(session, whole, severity="minor", amount_at_stake=Decimal("12.50"))
    minor = await open_complaint(session, now=NOON, severity="minor")
    assert {milestone: clock.due_at for milestone, clock in part.clocks.items()} == {
        milestone: clock.due_at for milestone, clock in minor.clocks.items()
    }
    one, other = whole.complaint, part.complaint
    for name in ("customer_id", "channel", "occurred_at", "received_at", "product", "service_point_id", "currency"):
        assert getattr(one, name) == getattr(other, name), name
    assert (other.split_from, other.category, other.state, other.severity) == (one.id, "billing", "received", "minor")
    assert (other.amount_at_stake, one.amount_at_stake) == (Decimal("12.50"), None)


async def test_a_split_is_in_both_histories_and_both_event_streams(session):
    whole = await open_complaint(session, now=NOON)
    part = await split(session, whole)
    assert names(await staged_events(session, whole.complaint.id)) == ["complaint.opened", "complaint.amended"]
    assert (await staged_events(session, whole.complaint.id))[-1].data["changed"] == ["parts"]
    assert names(await staged_events(session, part.complaint.id)) == ["complaint.opened"]
    entry = (await complaints.list_history(session, complaint_id=whole.complaint.id, after=0, limit=9))[-1]
    assert (entry.action, entry.actor, entry.note) == ("split", CLERK, "Two matters")
    assert entry.after == {"split_into": str(part.complaint.id)}


async def test_a_part_of_the_third_complaint_is_no_fourth_and_does_not_escalate_again(session):
    customer = uuid4()
    about = {"customer_id": customer, "product": "kettle"}
    *_, third = [await open_complaint(session, now=NOON, description=words, **about) for words in "abc"]
    part = await split(session, third)
    assert (part.complaint.repeat_number, part.complaint.escalation_level) == (3, 0)
    assert (await open_complaint(session, now=NOON, description="d", **about)).complaint.repeat_number == 4


async def test_a_part_of_an_unknown_customers_complaint_has_no_customer(session):
    part = await split(session, await open_complaint(session, now=NOON, customer_id=None))
    assert not part.complaint.customer_is_known


async def test_ended_or_changed_complaints_are_not_split(session):
    whole = await open_complaint(session, now=NOON)
    with pytest.raises(PreconditionFailed):
        await split(session, whole, if_match=7)
    with pytest.raises(UnknownCategory):
        await split(session, whole, category="weather")
    await walk(session, whole, Action.ACCEPT, Action.WITHDRAW, now=NOON)
    with pytest.raises(ComplaintEnded):
        await split(session, whole)
    with pytest.raises(ComplaintNotFound):
        await service.split(session, complaint_id=uuid4(), part=PART, note=None, by=CLERK, if_match=None, now=NOON)


async def test_whole_and_part_are_handled_independently(session):
    whole = await open_complaint(session, now=NOON)
    part = await split(session, whole)
    await move(session, part, Action.DECLINE, now=NOON + HOUR)
    assert (await cases.load(session, complaint_id=whole.complaint.id)).complaint.state == "received"


async def test_a_split_over_http(client, complaint_database):
    async with complaint_database.transaction() as session:
        whole = (await open_complaint(session, now=NOON, product="kettle")).complaint
    path = f"/v1/complaints/{whole.id}/split"
    answer = await client.post(path, json=PART | {"product": None})
    assert answer.status_code == 201, answer.text
    part = answer.json()
    assert (part["split_from"], part["product"], part["severity"]) == (str(whole.id), None, "major")
    read = (await client.get(answer.headers["Location"])).json()
    assert {name: read[name] for name in part} == part
    for bad, pointer in (
        ({"category": "weather"}, "/category"),
        ({"description": ""}, "/description"),
        ({"severity": None}, "/severity"),
        ({"received_at": "2026-03-01T12:00:00Z"}, "/received_at"),
        ({"customer_id": str(uuid4())}, "/customer_id"),
    ):
        refused = await client.post(path, json=PART | bad)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
