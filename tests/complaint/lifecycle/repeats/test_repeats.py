"""Repeat complaints are numbered and escalated."""

import asyncio
from itertools import count
from uuid import uuid4

import pytest

from heed_common.errors import PreconditionFailed, PreconditionRequired
from heed_complaint.core.customers import repository as customers
from heed_complaint.lifecycle.opening import service
from heed_complaint.lifecycle.repeats import service as repeats
from tests.complaint.factories.complaints import CLERK, names, open_complaint, staged_events
from tests.conftest import NOON

LETTERS = count(1)
POLICY_PATH = "/v1/complaints/repeat-policy"
pytestmark = pytest.mark.asyncio


async def opened(session, **overrides):
    """Open a complaint with a text of its own: the same text again would count as sent twice."""
    given = {"product": "kettle", "description": f"It leaks, says letter {next(LETTERS)}"} | overrides
    return (await open_complaint(session, now=given.pop("now", NOON), **given)).complaint


async def amended(session, complaint, **changes):
    case = await service.update_complaint(
        session, complaint_id=complaint.id, changes=changes, by=CLERK, if_match=complaint.revision, now=NOON
    )
    return case.complaint


async def escalations(session, complaint):
    return [event.data for event in await staged_events(session, complaint.id) if names([event]) == ["sla.escalated"]]


async def test_the_third_complaint_of_a_customer_about_a_product_escalates_to_the_supervisor(session):
    customer = uuid4()
    complaints = [await opened(session, customer_id=customer) for _ in range(4)]
    assert [complaint.repeat_number for complaint in complaints] == [1, 2, 3, 4]
    assert [complaint.escalation_level for complaint in complaints] == [0, 0, 1, 1]
    (escalated,) = await escalations(session, complaints[2])
    assert (escalated["milestone"], escalated["step"], escalated["to"], escalated["nth"]) == (None, 1, "supervisor", 3)
    first, second = await staged_events(session, complaints[2].id)
    assert names([first, second]) == ["complaint.opened", "sla.escalated"]
    assert complaints[2].opening_event_id == second.id
    history = await service.list_history(session, complaint_id=complaints[2].id, after=0, limit=9)
    assert {entry.action: entry.actor for entry in history} == {"open": CLERK, "escalate": None}


async def test_other_products_customers_and_kinds_are_counted_separately(session):
    customer = uuid4()
    await opened(session, customer_id=customer)
    others = [
        await opened(session, customer_id=customer, product="iron"),
        await opened(session, customer_id=uuid4()),
        await opened(session, customer_id=customer, product=None),
        await opened(session, customer_id=customer, kind="praise"),
        await opened(session, customer_id=None),
        await opened(session, customer_id=None),
    ]
    assert {complaint.repeat_number for complaint in others} == {1}
    assert (await opened(session, customer_id=customer)).repeat_number == 2


async def test_concurrent_complaints_get_different_numbers(complaint_database):
    customer = uuid4()

    async def complain():
        async with complaint_database.transaction() as session:
            complaint = await opened(session, customer_id=customer)
            await asyncio.sleep(0.05)
            return complaint.repeat_number

    assert sorted(await asyncio.gather(*(complain() for _ in range(5)))) == [1, 2, 3, 4, 5]


async def test_a_complaint_whose_customer_becomes_known_is_counted_then_and_escalates_once(session):
    customer = uuid4()
    for _ in range(2):
        await opened(session, customer_id=customer)
    complaint = await opened(session, customer_id=None)
    assert (complaint.repeat_number, complaint.escalation_level) == (1, 0)
    complaint = await amended(session, complaint, customer_id=customer)
    assert (complaint.repeat_number, complaint.escalation_level) == (3, 1)
    last = (await staged_events(session, complaint.id))[-1]
    assert (names([last]), last.data["nth"]) == (["sla.escalated"], 3)
    await opened(session, customer_id=customer, product="iron")
    complaint = await amended(session, complaint, product="iron")
    assert complaint.repeat_number == 2
    complaint = await amended(session, complaint, description="It leaks as well")
    assert complaint.repeat_number == 2
    assert len(await escalations(session, complaint)) == 1


async def test_merged_customers_are_counted_as_one(session):
    survivor, duplicate = uuid4(), uuid4()
    await opened(session, customer_id=duplicate)
    await customers.upsert_aliases(session, [{"duplicate_id": duplicate, "survivor_id": survivor, "version": 1}])
    assert (await opened(session, customer_id=survivor)).repeat_number == 2
    assert (await opened(session, customer_id=duplicate)).repeat_number == 3


async def test_the_escalating_number_and_recipient_are_settings(session):
    policy = await repeats.get_policy(session)
    await repeats.put_policy(session, escalate_from=2, to="quality", if_match=policy.revision)
    customer = uuid4()
    await opened(session, customer_id=customer)
    (escalated,) = await escalations(session, await opened(session, customer_id=customer))
    assert (escalated["nth"], escalated["to"]) == (2, "quality")
    with pytest.raises(PreconditionFailed):
        await repeats.put_policy(session, escalate_from=5, to="quality", if_match=1)
    with pytest.raises(PreconditionRequired):
        await repeats.put_policy(session, escalate_from=5, to="quality", if_match=None)


async def test_the_setting_is_read_and_written_over_http(client):
    read = await client.get(POLICY_PATH)
    assert read.json() == {"escalate_from": 3, "to": "supervisor"}
    tag = {"If-Match": read.headers["ETag"]}
    assert (await client.put(POLICY_PATH, json=read.json())).status_code == 428
    written = await client.put(POLICY_PATH, json={"escalate_from": 2, "to": "quality"}, headers=tag)
    assert written.json() == {"escalate_from": 2, "to": "quality"}
    assert (await client.put(POLICY_PATH, json=read.json(), headers=tag)).status_code == 412
    for bad, pointer in (
        ({"escalate_from": 1, "to": "quality"}, "/escalate_from"),
        ({"escalate_from": "3", "to": "quality"}, "/escalate_from"),
        ({"escalate_from": 3, "to": "Quality, please"}, "/to"),
    ):
        refused = await client.put(POLICY_PATH, json=bad, headers={"If-Match": "*"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)
