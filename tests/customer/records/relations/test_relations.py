"""Relations are seen from both sides, form no cycle, and follow merges."""

import asyncio

import pytest

from heed_customer.records.relations import service
from tests.customer.factories import merge, post_merge, register

pytestmark = pytest.mark.asyncio


async def organization(client, **overrides):
    return await register(client, kind="organization", name="Acme", **overrides)


async def relate(client, customer_id, kind, other, **more):
    body = {"kind": kind, "customer_id": str(other)} | more
    return await client.post(f"/v1/customers/{customer_id}/relations", json=body)


async def relations(client, customer_id):
    items = (await client.get(f"/v1/customers/{customer_id}/relations")).json()["items"]
    return {(item["kind"], item["customer_id"], item["role"]) for item in items}


@pytest.mark.parametrize("kind", ["parent", "branch"])
async def test_headquarters_and_branch_see_each_other(client, kind):
    branch, parent = await organization(client), await organization(client)
    ends = (branch, parent) if kind == "parent" else (parent, branch)
    assert (await relate(client, ends[0], kind, ends[1])).status_code == 201
    assert await relations(client, branch) == {("parent", str(parent), None)}
    assert await relations(client, parent) == {("branch", str(branch), None)}


async def test_an_organization_has_contact_persons_with_roles(client, customer_database):
    company, person = await organization(client), await register(client)
    assert (await relate(client, company, "contact_person", person, role="Purchasing")).status_code == 201
    assert await relations(client, company) == {("contact_person", str(person), "Purchasing")}
    assert await relations(client, person) == {("contact_person_of", str(company), "Purchasing")}
    async with customer_database.transaction() as session:
        for one in (company, person):
            (found,) = await service.contact_persons(session, [one])
            assert (found.organization_id, found.person_id, found.role) == (company, person, "Purchasing")


async def test_a_household_and_an_intermediary_are_seen_from_both_sides(client):
    wife, husband = await register(client), await register(client)
    dealer, buyer = await organization(client, role="intermediary"), await register(client, role="final")
    assert (await relate(client, wife, "household", husband)).status_code == 201
    assert (await relate(client, husband, "household", wife)).json()["code"] == "relation_exists"
    assert (await relate(client, dealer, "intermediary_of", buyer)).status_code == 201
    assert await relations(client, husband) == {("household", str(wife), None)}
    assert await relations(client, buyer) == {("intermediary", str(dealer), None)}


async def test_a_cycle_of_parents_is_refused(client):
    first, second, third = [await organization(client) for _ in range(3)]
    assert (await relate(client, first, "parent", second)).status_code == 201
    assert (await relate(client, second, "parent", third)).status_code == 201
    refused = await relate(client, third, "parent", first)
    assert (refused.status_code, refused.json()["code"]) == (409, "relation_cycle")
    assert await relations(client, third) == {("branch", str(second), None)}


async def test_a_cycle_over_a_merged_customer_is_refused(client):
    branch, parent, twin, top = [await organization(client) for _ in range(4)]
    await relate(client, branch, "parent", parent)
    await relate(client, twin, "parent", top)
    await merge(client, twin, into=parent)
    refused = await relate(client, top, "parent", branch)
    assert (refused.status_code, refused.json()["code"]) == (409, "relation_cycle")


async def test_of_two_relations_at_once_that_close_a_cycle_one_is_refused(client):
    first, second = await organization(client), await organization(client)
    both = await asyncio.gather(relate(client, first, "parent", second), relate(client, second, "parent", first))
    assert sorted(response.status_code for response in both) == [201, 409]


async def test_a_branch_has_one_parent(client):
    branch, parent, other = [await organization(client) for _ in range(3)]
    recorded = (await relate(client, branch, "parent", parent)).json()
    assert (await relate(client, branch, "parent", parent)).json()["code"] == "relation_exists"
    assert (await relate(client, other, "branch", branch)).json()["code"] == "parent_exists"
    assert (await client.delete(f"/v1/customers/{parent}/relations/{recorded['id']}")).status_code == 204
    assert (await relate(client, other, "branch", branch)).status_code == 201


async def test_relations_follow_a_merge_and_return_with_its_undoing(client):
    company, person, duplicate = await organization(client), await register(client), await register(client)
    await relate(client, company, "contact_person", duplicate)
    await merge(client, duplicate, into=person)
    assert await relations(client, company) == {("contact_person", str(person), None)}
    assert await relations(client, duplicate) == {("contact_person_of", str(company), None)}
    refused = await relate(client, duplicate, "household", await register(client))
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")
    assert (await relate(client, company, "contact_person", duplicate)).json()["code"] == "customer_merged"
    await post_merge(client, "unmerge", person, duplicate)
    assert await relations(client, company) == {("contact_person", str(duplicate), None)}


async def test_a_relation_between_customers_that_were_merged_is_not_shown(client):
    wife, husband = await register(client), await register(client)
    await relate(client, wife, "household", husband)
    await merge(client, husband, into=wife)
    assert await relations(client, wife) == set()


async def test_impossible_relations_are_refused_and_nothing_is_stored(client):
    company, person = await organization(client), await register(client, role="final")
    refusals = [
        await relate(client, company, "parent", person),
        await relate(client, person, "contact_person", company),
        await relate(client, company, "household", person),
        await relate(client, person, "intermediary_of", company),
    ]
    assert {(one.status_code, one.json()["code"]) for one in refusals} == {(422, "relation_impossible")}
    assert (await relate(client, person, "household", person)).json()["code"] == "related_to_themselves"
    missing = await relate(client, person, "household", "01890000-0000-7000-8000-000000000000")
    assert (missing.status_code, missing.json()["code"]) == (422, "customer_unknown")
    misplaced = await relate(client, company, "branch", company, role="Purchasing")
    assert (misplaced.status_code, misplaced.json()["code"]) == (422, "validation_failed")
    assert await relations(client, person) == await relations(client, company) == set()


async def test_a_relation_of_others_is_not_found(client):
    company, person = await organization(client), await register(client)
    recorded = (await relate(client, company, "contact_person", person)).json()
    response = await client.delete(f"/v1/customers/{await register(client)}/relations/{recorded['id']}")
    assert (response.status_code, response.json()["code"]) == (404, "relation_not_found")


@pytest.mark.parametrize("survivor_is", ["parent", "branch"])
async def test_a_parent_and_its_branch_are_not_merged_until_the_relation_is_deleted(client, survivor_is):
    branch, middle, parent = [await organization(client) for _ in range(3)]
    await relate(client, branch, "parent", middle)
    await relate(client, middle, "parent", parent)
    for near in (middle, parent):
        survivor, duplicate = (near, branch) if survivor_is == "parent" else (branch, near)
        refused = await client.post(f"/v1/customers/{survivor}/merge", json={"duplicate_id": str(duplicate)})
        assert (refused.status_code, refused.json()["code"]) == (409, "parent_and_branch")
    (relation,) = (await client.get(f"/v1/customers/{branch}/relations")).json()["items"]
    assert (await client.delete(f"/v1/customers/{branch}/relations/{relation['id']}")).status_code == 204
    await merge(client, branch, into=middle)


async def test_branches_of_one_parent_are_merged(client):
    one, other, parent = [await organization(client) for _ in range(3)]
    for branch in (one, other):
        await relate(client, branch, "parent", parent)
    await merge(client, one, into=other)
    assert await relations(client, other) == {("parent", str(parent), None)}
