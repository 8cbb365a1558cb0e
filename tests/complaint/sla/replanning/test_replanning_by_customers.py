"""A deadline follows who the customer is: once the tier is known, when it changes, and through merges."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_complaint.sla.replanning.service import replan_page
from tests.complaint.factories.complaints import names, open_complaint, staged_events
from tests.complaint.factories.events import make_score, received, take_in
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
VIP = {
    "order": 10,
    "when": {"field": "customer.tier", "op": "eq", "value": "A"},
    "targets": {"resolution": {"within": "PT2H", "calendar": "always"}},
    "retroactive": True,
}


class Desk:
    """An open complaint, and what its service hears of customers."""

    def __init__(self, client, database, clock, complaint_id):
        self.client, self.database, self.clock, self.complaint_id = client, database, clock, complaint_id

    async def hear(self, *events):
        async with self.database.transaction() as session:
            await take_in(session, *events)
        async with self.database.transaction() as session:
            while await replan_page(session, self.clock):
                continue

    async def resolution_due(self):
        shown = (await self.client.get(f"/v1/complaints/{self.complaint_id}")).json()
        return next(clock["due_at"] for clock in shown["sla"] if clock["milestone"] == "resolution")[:16]


async def make_desk(client, database, clock, customer_id):
    assert (await client.put("/v1/sla/policies/vip", json=VIP)).status_code == 201
    async with database.transaction() as session:
        case = await open_complaint(session, now=NOON, customer_id=customer_id)
    return Desk(client, database, clock, case.complaint.id)


async def test_a_deadline_follows_the_tier_as_soon_as_it_is_known_and_whenever_it_changes(
    client, complaint_database, clock
):
    customer_id = uuid4()
    desk = await make_desk(client, complaint_database, clock, customer_id)
    assert await desk.resolution_due() == "2026-03-04T12:00"
    await desk.hear(make_score(customer_id, tier="A"))
    assert await desk.resolution_due() == "2026-03-02T14:00"
    await desk.hear(make_score(customer_id, tier="B"))
    assert await desk.resolution_due() == "2026-03-04T12:00"


async def test_a_deadline_follows_the_tier_of_the_survivor_until_they_come_apart(client, complaint_database, clock):
    member, survivor = uuid4(), uuid4()
    desk = await make_desk(client, complaint_database, clock, member)
    await desk.hear(make_score(survivor, tier="A"), make_score(member, tier="C"))
    assert await desk.resolution_due() == "2026-03-04T12:00"
    merged = CustomerMerged(customer_id=member, survivor_id=survivor, occurred_at=NOON)
    await desk.hear(received(merged, aggversion=2))
    assert await desk.resolution_due() == "2026-03-02T14:00"
    apart = CustomerUnmerged(customer_id=member, survivor_id=survivor, occurred_at=NOON)
    await desk.hear(received(apart, aggversion=3))
    assert await desk.resolution_due() == "2026-03-04T12:00"


async def test_a_tier_that_arrives_late_publishes_the_breach_and_withdraws_it_when_it_was_wrong(
    client, complaint_database, clock
):
    customer_id = uuid4()
    desk = await make_desk(client, complaint_database, clock, customer_id)
    clock.advance(timedelta(minutes=30))
    await desk.hear(make_score(customer_id, tier="B"))
    clock.advance(timedelta(hours=3))
    await desk.hear(make_score(customer_id, tier="A"))
    await desk.hear(make_score(customer_id, tier="B"))
    async with complaint_database.transaction() as session:
        events = await staged_events(session, desk.complaint_id)
        heard = [one for one in events if one.data.get("milestone") == "resolution"]
    assert [name for name in names(heard) if "breach" in name] == ["sla.breached", "sla.breach_withdrawn"]
