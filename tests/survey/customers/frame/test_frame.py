"""The frame has the newest state of each current customer, whatever the order of the events."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from heed_common import inbox
from heed_common.business_days import BusinessDays
from heed_common.contracts.customer import CustomerUpdated
from heed_common.contracts.scoring import ChurnRisk
from heed_survey.customers.frame import service
from heed_survey.customers.frame.rules import DEFAULT_POLICY, FRAME_FIELDS, FramePolicy
from heed_survey.handlers import HANDLERS
from tests.complaint.factories.events import make_score
from tests.conftest import NOON
from tests.scoring.factories import make_merge, make_purchase, make_registration, make_unmerge, received

pytestmark = pytest.mark.asyncio
FIELDS = tuple(FRAME_FIELDS)


async def process(session, *received_events):
    await inbox.build_batch_handler(HANDLERS)(session, list(received_events), NOON)


def versions(*events):
    return [received(event, aggversion=version) for version, event in enumerate(events, 1)]


async def frame(session, *, policy=DEFAULT_POLICY, suspended=()):
    """Return the fields of each customer by its id."""
    cells = await service.load_cells(session, fields=FIELDS, policy=policy, suspended=suspended, now=NOON)
    customers = {}
    for cell in cells:
        for start in range(0, len(cell.ids), 16):
            customers[UUID(bytes=cell.ids[start : start + 16])] = dict(zip(FIELDS, cell.values, strict=True))
    return customers


def critical():
    return ChurnRisk(probability=Decimal("0.9"), horizon_days=90, band="critical", reason="service")


def low():
    return ChurnRisk(probability=Decimal("0.1"), horizon_days=90, band="low", reason="none")


async def test_events_in_any_order_give_the_same_frame(session):
    for order in permutations(range(5)):
        customer_id = uuid4()
        events = [
            *versions(
                make_registration(customer_id, region="north", occurred_at=NOON - timedelta(days=100)),
                CustomerUpdated(
                    customer_id=customer_id, occurred_at=NOON, kind="individual", region="south", changed=("region",)
                ),
            ),
            received(make_purchase(customer_id, days_ago=30, service_point_id="shop 1")),
            received(make_purchase(customer_id, days_ago=10, service_point_id="shop 2")),
            received(make_score(customer_id, tier="A", churn_risk=low())),
        ]
        for index in order:
            await process(session, events[index])
        found = (await frame(session))[customer_id]
        assert found["region"] == "south"
        assert (found["purchases"], found["days_since_purchase"], found["service_point_id"]) == (2, 10, "shop 2")
        assert (found["tier"], found["churn_band"], found["loyalty_class"]) == ("A", "low", "latent")
        assert found["days"] == 100


async def test_a_delivery_that_is_repeated_counts_once(session):
    customer_id = uuid4()
    purchase = received(make_purchase(customer_id, days_ago=3))
    await process(session, *versions(make_registration(customer_id)), purchase)
    await process(session, purchase, purchase)
    assert (await frame(session))[customer_id]["purchases"] == 1


async def test_a_newer_score_replaces_an_older_one_and_not_the_other_way_round(session):
    customer_id = uuid4()
    older, newer = versions(make_score(customer_id, tier="B"), make_score(customer_id, tier="C"))
    await process(session, *versions(make_registration(customer_id)), newer)
    await process(session, older)
    assert (await frame(session))[customer_id]["tier"] == "C"


async def test_a_customer_who_has_not_bought_for_a_year_or_is_at_critical_risk_is_lost(session):
    gone, critical_id, loyal, never = uuid4(), uuid4(), uuid4(), uuid4()
    for customer_id in (gone, critical_id, loyal, never):
        await process(session, *versions(make_registration(customer_id)))
    await process(session, received(make_purchase(gone, days_ago=366)))
    await process(session, received(make_purchase(critical_id, days_ago=5)))
    await process(session, received(make_purchase(loyal, days_ago=365)))
    await process(session, received(make_score(critical_id, churn_risk=critical())))
    found = await frame(session)
    assert {customer_id for customer_id in found if found[customer_id]["lost"]} == {gone, critical_id}
    shorter = await frame(session, policy=FramePolicy(lost_after=timedelta(days=90)))
    assert {customer_id for customer_id in shorter if shorter[customer_id]["lost"]} == {gone, critical_id, loyal}


async def test_a_merged_customer_is_in_the_frame_once_with_all_purchases(session):
    survivor, duplicate, second = uuid4(), uuid4(), uuid4()
    for customer_id in (survivor, duplicate, second):
        await process(session, *versions(make_registration(customer_id)))
    await process(session, received(make_purchase(survivor, days_ago=50, service_point_id="old")))
    await process(session, received(make_purchase(duplicate, days_ago=20, service_point_id="new")))
    await process(session, received(make_purchase(second, days_ago=70, service_point_id="oldest")))
    await process(session, received(make_merge(duplicate, survivor), aggversion=2))
    await process(session, received(make_merge(second, duplicate), aggversion=2))
    found = await frame(session)
    assert found.keys() == {survivor}
    assert (found[survivor]["purchases"], found[survivor]["service_point_id"]) == (3, "new")
    assert await service.context_of(session, customer_id=second) == {"kind": "individual", "service_point_id": "new"}
    await process(session, received(make_unmerge(duplicate, survivor), aggversion=3))
    assert (await frame(session)).keys() == {survivor, duplicate}
    assert (await service.context_of(session, customer_id=survivor))["service_point_id"] == "old"


async def test_customers_who_are_only_known_by_purchases_or_were_erased_are_not_in_the_frame(session):
    unknown, erased = uuid4(), uuid4()
    await process(session, received(make_purchase(unknown)), *versions(make_registration(erased)))
    await session.execute(
        text("INSERT INTO erased (customer_id, erased_at) VALUES (:id, :now)"), {"id": erased, "now": NOON}
    )
    assert await frame(session) == {}


async def test_days_are_those_of_the_organisation(session):
    customer_id = uuid4()
    registered = make_registration(customer_id, occurred_at=NOON.replace(day=1, hour=23, minute=30))
    await process(session, *versions(registered))
    assert (await frame(session))[customer_id]["days"] == 1
    shanghai = FramePolicy(days=BusinessDays.of("Asia/Shanghai"))
    assert (await frame(session, policy=shanghai))[customer_id]["days"] == 0


async def test_customers_with_an_open_complaint_are_marked(session):
    first, second = uuid4(), uuid4()
    await process(session, *versions(make_registration(first)), *versions(make_registration(second)))
    found = await frame(session, suspended=[first])
    assert (found[first]["selling_suspended"], found[second]["selling_suspended"]) == (True, False)


async def test_of_an_unknown_customer_and_without_one_there_is_no_context(session):
    assert await service.context_of(session, customer_id=uuid4()) == {}
    assert await service.context_of(session, customer_id=None) == {}
