"""Merged customers are one customer to every list, rule and report, from either id, until they come apart."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

import heed_complaint
from heed_common.contracts.customer import CustomerMerged, CustomerUnmerged
from heed_complaint.core.customers import families
from tests.complaint.factories.complaints import open_complaint
from tests.complaint.factories.events import make_registration, make_score, received, take_in
from tests.complaint.factories.terms import AGREEMENTS, due, due_now, make_agreement, open_one, replan
from tests.complaint.factories.workforce import assign, make_agent
from tests.complaint.lifecycle.acceptance.test_acceptance import ACCEPT, put
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
HOUR = timedelta(hours=1)
TIER_A = ACCEPT | {"name": "tier_a", "when": {"field": "customer.tier", "op": "eq", "value": "A"}}
KNOWS_OF_MERGES = {f"core/customers/{name}.py" for name in ("families", "repository", "tables")}
"""The table and what writes it; only families reads it."""


async def hear(database, *events):
    async with database.transaction() as session:
        await take_in(session, *events)


async def merge(database, member, survivor, *, aggversion=2):
    event = CustomerMerged(customer_id=member, survivor_id=survivor, occurred_at=NOON)
    await hear(database, received(event, aggversion=aggversion))


async def unmerge(database, member, survivor, *, aggversion=3):
    event = CustomerUnmerged(customer_id=member, survivor_id=survivor, occurred_at=NOON)
    await hear(database, received(event, aggversion=aggversion))


async def listed(client, path="/v1/complaints", **query):
    """The ids of all pages."""
    found, cursor = list[str](), dict[str, str]()
    while True:
        answer = await client.get(path, params=query | cursor)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


@pytest.mark.parametrize("sort", ["-opened_at", "-expected_value_saved"])
async def test_the_complaints_of_a_merged_customer_are_listed_from_either_id(client, complaint_database, sort):
    survivor, middle, member = [uuid4() for _ in range(3)]
    ids = {
        whose: (await open_one(client, now=NOON, customer_id=str(whose)))["id"] for whose in (survivor, middle, member)
    }
    await open_one(client, now=NOON)
    await merge(complaint_database, member, middle)
    await merge(complaint_database, middle, survivor)
    for whose in (survivor, middle, member):
        found = await listed(client, customer_id=str(whose), sort=sort, limit=1)
        assert found == [ids[member], ids[middle], ids[survivor]], whose
    await unmerge(complaint_database, middle, survivor)
    assert await listed(client, customer_id=str(survivor), sort=sort) == [ids[survivor]]
    assert await listed(client, customer_id=str(member), sort=sort) == [ids[member], ids[middle]]


async def test_a_rule_of_acceptance_decides_by_the_tier_of_the_survivor(client, complaint_database):
    survivor, member = uuid4(), uuid4()
    await hear(complaint_database, make_score(member, tier="C"), make_score(survivor, tier="A"))
    await merge(complaint_database, member, survivor)
    waiting = await open_one(client, now=NOON, customer_id=str(member))
    preview = (await put(client, TIER_A, dry_run="true")).json()
    assert [item["complaint_id"] for item in preview["decided"]] == [waiting["id"]]
    assert (await put(client, TIER_A)).status_code == 200
    assert (await open_one(client, now=NOON, customer_id=str(member)))["state"] == "accepted"
    await unmerge(complaint_database, member, survivor)
    assert (await open_one(client, now=NOON, customer_id=str(member)))["state"] == "received"


async def test_a_complaint_goes_to_who_speaks_the_language_of_the_survivor(session):
    survivor, member = uuid4(), uuid4()
    await make_agent(session, "anna", languages=["de"])
    await make_agent(session, "wei", languages=["zh"])
    await take_in(session, make_registration(member, language="de"), make_registration(survivor, language="zh"))
    before = await open_complaint(session, now=NOON, customer_id=member)
    assert (await assign(session, before, now=NOON)).assignment.owner == "anna"
    await take_in(session, CustomerMerged(customer_id=member, survivor_id=survivor, occurred_at=NOON))
    after = await open_complaint(session, now=NOON, customer_id=member)
    assert (await assign(session, after, now=NOON)).assignment.owner == "wei"


async def test_an_agreement_with_one_of_a_family_holds_for_all_of_it(client, complaint_database, clock):
    survivor, member, other = uuid4(), uuid4(), uuid4()
    agreement = (await client.post(AGREEMENTS, json=make_agreement(now=NOON, customer_id=str(member)))).json()
    complaints = [await open_one(client, now=NOON, customer_id=str(whose)) for whose in (survivor, other)]
    late = [due(complaint) for complaint in complaints]
    await merge(complaint_database, member, survivor)
    await merge(complaint_database, other, survivor)
    await replan(complaint_database, clock)
    assert [await due_now(client, complaint) for complaint in complaints] == [NOON + 2 * HOUR] * 2
    for whose in (survivor, member, other):
        assert await listed(client, AGREEMENTS, customer_id=str(whose)) == [agreement["id"]]
    overlapping = await client.post(AGREEMENTS, json=make_agreement(now=NOON, customer_id=str(other)))
    assert (overlapping.status_code, overlapping.json()["code"]) == (409, "agreement_overlaps")
    await unmerge(complaint_database, member, survivor)
    await replan(complaint_database, clock)
    assert [await due_now(client, complaint) for complaint in complaints] == late
    assert await listed(client, AGREEMENTS, customer_id=str(survivor)) == []


async def test_a_family_is_the_same_from_each_of_its_members(session):
    root, left, right, below, stranger = [uuid4() for _ in range(5)]
    for member, survivor in ((left, root), (right, root), (below, left)):
        await take_in(session, CustomerMerged(customer_id=member, survivor_id=survivor, occurred_at=NOON))
    family = {root, left, right, below}
    everybody = [*family, stranger]
    assert await families.families_of(session, everybody) == dict.fromkeys(family, family) | {stranger: {stranger}}
    assert await families.roots_of(session, everybody) == dict.fromkeys(family, root) | {stranger: stranger}


async def test_only_one_module_reads_who_is_merged_into_whom():
    package = Path(heed_complaint.__file__).parent
    readers = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "migrations" not in path.parts
        and re.search(
            r"import .*\bCustomerAlias\b|class CustomerAlias\b|\b(FROM|JOIN) customer_alias\b", path.read_text()
        )
    }
    assert readers == KNOWS_OF_MERGES
