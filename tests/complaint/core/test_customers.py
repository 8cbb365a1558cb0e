"""The read model of customers: the latest state from the other services, in whatever order their events arrive."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import select

from heed_common.contracts.customer import (
    CustomerKind,
    CustomerMerged,
    CustomerUnmerged,
    CustomerUpdated,
    PurchaseKind,
    PurchaseRecorded,
    PurchaseReturned,
    ReturnReason,
)
from heed_complaint.core.customers import families, repository, service
from heed_complaint.core.customers.tables import Purchase
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla.terms.revisions import repository as changes
from heed_complaint.sla.terms.revisions.tables import ComplaintPlanState
from tests.complaint.factories.complaints import open_complaint, walk
from tests.complaint.factories.events import make_outlook, make_registration, make_score, received, take_in
from tests.conftest import NOON
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio


def make_update(customer_id, **overrides):
    given = {"customer_id": customer_id, "occurred_at": NOON, "kind": CustomerKind.INDIVIDUAL, "changed": ("region",)}
    return CustomerUpdated(**(given | overrides))


def make_merge(duplicate, survivor):
    return CustomerMerged(customer_id=duplicate, survivor_id=survivor, occurred_at=NOON)


def make_unmerge(duplicate, survivor):
    return CustomerUnmerged(customer_id=duplicate, survivor_id=survivor, occurred_at=NOON)


async def known(session, customer_id):
    return (await families.customers_of(session, [customer_id])).get(customer_id)


async def planned(session, **overrides):
    """An open complaint whose deadlines are up to date."""
    complaint = (await open_complaint(session, now=NOON, **overrides)).complaint
    await changes.mark_planned(session, [complaint.id], revision=7)
    return complaint


async def is_replanned(session, complaint):
    revision = await session.scalar(
        select(ComplaintPlanState.revision).where(ComplaintPlanState.complaint_id == complaint.id)
    )
    await changes.mark_planned(session, [complaint.id], revision=7)
    return revision == 0


async def test_the_newest_event_of_each_source_holds_in_whatever_order_they_arrive(session):
    words = [
        lambda whom: received(make_registration(whom, region="north"), aggversion=1),
        lambda whom: received(make_update(whom, region="south"), aggversion=2),
        lambda whom: received(make_score(whom, tier="B"), aggversion=1),
        lambda whom: received(make_score(whom, tier="A"), aggversion=2),
    ]
    for order in permutations(words):
        one_by_one, at_once = uuid4(), uuid4()
        for word in order:
            await take_in(session, word(one_by_one))
        await take_in(session, *(word(at_once) for word in order))
        for whom in (one_by_one, at_once):
            customer = await known(session, whom)
            assert (customer.region, customer.tier, customer.churn_band) == ("south", "A", "critical")


async def test_the_same_event_twice_counts_once(session):
    bought = received(make_purchase(uuid4()))
    assert await take_in(session, bought, bought) == 1
    assert await take_in(session, bought) == 0
    assert (await session.scalars(select(Purchase.units))).all() == [Decimal(2)]


async def test_a_tier_or_a_region_that_becomes_known_has_the_open_complaints_planned_again(session):
    whom = uuid4()
    complaint, of_another = await planned(session, customer_id=whom), await planned(session)
    for word, moves in (
        (make_score(whom, tier="A"), True),
        (make_score(whom, tier="A"), False),
        (make_registration(whom, region="north"), True),
        (make_update(whom, region="north"), False),
        (make_update(whom, region="north", time_zone="Asia/Shanghai"), True),
    ):
        await take_in(session, word)
        assert await is_replanned(session, complaint) is moves, word
    assert not await is_replanned(session, of_another)


async def test_a_complaint_that_has_ended_is_not_planned_again(session):
    case = await open_complaint(session, now=NOON)
    await walk(session, case, Action.WITHDRAW, now=NOON)
    await changes.mark_planned(session, [case.complaint.id], revision=7)
    await take_in(session, make_score(case.complaint.customer_id, tier="A"))
    assert not await is_replanned(session, case.complaint)


async def test_a_complaint_of_a_merged_customer_is_seen_with_the_tier_of_the_survivor_until_they_come_apart(session):
    member, survivor = uuid4(), uuid4()
    complaint = await planned(session, customer_id=member)
    await take_in(session, make_score(member, tier="C"), make_score(survivor, tier="A"))
    assert await is_replanned(session, complaint)
    await take_in(session, received(make_merge(member, survivor), aggversion=5))
    assert await is_replanned(session, complaint)
    assert complaint.customer_id == member
    assert (await known(session, member)).tier == "A"
    await take_in(session, make_score(survivor, tier="B"))
    assert await is_replanned(session, complaint)
    await take_in(session, received(make_unmerge(member, survivor), aggversion=6))
    await take_in(session, received(make_merge(member, survivor), aggversion=4))
    assert (await known(session, member)).tier == "C"


async def test_merges_are_followed_to_their_end_and_half_a_circle_does_no_harm(session):
    first, second, third = (uuid4() for _ in range(3))
    await take_in(session, make_score(third, tier="A"), make_merge(first, second), make_merge(second, third))
    assert await families.roots_of(session, [first, second, third]) == dict.fromkeys((first, second, third), third)
    assert await families.family_of(session, first) == {first, second, third}
    assert (await known(session, first)).tier == "A"
    await take_in(session, make_merge(third, first))
    assert await families.family_of(session, first) == {first, second, third}


async def test_unknown_customers_are_left_out(session):
    stranger, member = uuid4(), uuid4()
    await take_in(session, make_registration(member, region="north"), make_merge(member, uuid4()))
    assert list(await families.customers_of(session, [stranger, member])) == [member]


async def test_the_latest_forecast_of_a_complaint_counts_whichever_member_it_is_about(session):
    case = await open_complaint(session, now=NOON)
    member, survivor, about = case.complaint.customer_id, uuid4(), case.complaint.id

    def score(whom, saved, minutes, version):
        event = make_score(
            whom, complaints=[make_outlook(about, saved=saved)], occurred_at=NOON + timedelta(minutes=minutes)
        )
        return received(event, aggversion=version)

    for word, saved in (
        (score(member, "10.00", 1, 8), "10.00"),
        (score(survivor, "20.00", 3, 2), "20.00"),
        (score(member, "30.00", 2, 9), "20.00"),
        (score(survivor, "40.00", 4, 3), "40.00"),
        (score(survivor, "50.00", 5, 1), "40.00"),
    ):
        await take_in(session, word)
        session.expire_all()
        outlook = (await repository.load_forecasts(session, [about]))[about]
        assert (outlook.expected_value_saved, outlook.currency) == (Decimal(saved), "USD")


async def test_a_score_without_a_forecast_for_a_complaint_ends_its_forecast(session):
    case = await open_complaint(session, now=NOON)
    whom, about = case.complaint.customer_id, case.complaint.id
    later = {"occurred_at": NOON + timedelta(minutes=1)}
    await take_in(session, make_score(whom, complaints=[make_outlook(about)]), make_score(uuid4(), **later))
    assert (await service.load_forecast(session, complaint_id=about)).expected_value_saved == Decimal("38.58")
    await take_in(session, make_score(whom, **later))
    assert await service.load_forecast(session, complaint_id=about) is None


def make_purchase(customer_id, **overrides):
    given = {
        "customer_id": customer_id,
        "purchase_id": uuid4(),
        "occurred_at": NOON,
        "kind": PurchaseKind.GOODS,
        "currency": "USD",
        "units": Decimal(2),
        "gross": Decimal(100),
        "margin": Decimal(40),
        "margin_estimated": False,
        "categories": (),
    }
    return PurchaseRecorded(**(given | overrides))


async def test_what_came_back_was_not_bought_even_if_that_is_heard_first(session):
    purchase = make_purchase(uuid4())
    returned = PurchaseReturned(
        **purchase.model_dump(include={"customer_id", "purchase_id", "currency", "units", "gross", "margin"}),
        return_id=uuid4(),
        occurred_at=NOON + timedelta(days=1),
        purchase_occurred_at=NOON,
        reason=ReturnReason.FAULTY,
    )
    await take_in(session, returned)
    row = (await session.scalars(select(Purchase))).one()
    assert (row.units, row.returned, row.occurred_at) == (0, 2, NOON)
    await take_in(session, purchase)
    await session.refresh(row)
    assert (row.units, row.returned) == (2, 2)


async def test_a_complaint_is_shown_with_what_is_expected_to_be_saved_by_it(client, complaint_database):
    async with complaint_database.transaction() as session:
        case = await open_complaint(session, now=NOON)
    path = f"/v1/complaints/{case.complaint.id}"
    shown = (await client.get(path)).json()
    assert (shown["expected_value_saved"], shown["value_currency"]) == (None, None)
    async with complaint_database.transaction() as session:
        await take_in(session, make_score(case.complaint.customer_id, complaints=[make_outlook(case.complaint.id)]))
    answer = await client.get(path)
    assert (answer.json()["expected_value_saved"], answer.json()["value_currency"]) == ("38.58", "USD")
    assert revision_of(answer) == 1
