import asyncio

import pytest

from heed_common.identifiers import new_id
from heed_customer.records.merges import service
from tests.common.sample_app import make_client, make_token
from tests.conftest import NOON
from tests.customer.factories import buy, get_customer, merge, post_merge, register, staged
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio


async def test_a_request_for_the_duplicate_returns_the_survivor(client, customer_database):
    survivor, duplicate = await register(client, name="Li Na"), await register(client, name="Li N.")
    merged = await merge(client, duplicate, into=survivor)
    assert merged.json()["id"] == str(survivor)
    assert "content-location" not in merged.headers
    response = await client.get(f"/v1/customers/{duplicate}")
    assert response.json() == merged.json()
    assert response.headers["content-location"] == f"/v1/customers/{survivor}"
    event = (await staged(customer_database))[-1]
    assert (event.type, event.aggversion) == ("heed.customer.merged.v1", 2)
    assert event.subject == event.partitionkey == event.data["customer_id"] == str(duplicate)
    assert event.data["survivor_id"] == str(survivor)
    assert merged.headers["heed-event"] == str(event.id)


async def test_an_unmerge_gives_both_back_as_they_were(client, customer_database):
    survivor, duplicate = await register(client), await register(client)
    before = [await get_customer(client, survivor), await get_customer(client, duplicate)]
    await merge(client, duplicate, into=survivor)
    apart = await post_merge(client, "unmerge", survivor, duplicate)
    assert (apart.status_code, apart.json()) == (200, before[0])
    assert [await get_customer(client, survivor), await get_customer(client, duplicate)] == before
    event = (await staged(customer_database))[-1]
    assert (event.type, event.aggversion, event.subject) == ("heed.customer.unmerged.v1", 3, str(duplicate))
    assert event.data["survivor_id"] == str(survivor)
    assert apart.headers["heed-event"] == str(event.id)


async def test_a_merge_changes_no_field_and_so_no_etag(client):
    survivor, duplicate = await register(client), await register(client)
    before = await client.get(f"/v1/customers/{survivor}")
    assert revision_of(await merge(client, duplicate, into=survivor)) == revision_of(before)
    response = await client.patch(
        f"/v1/customers/{survivor}", json={"region": "north"}, headers={"If-Match": before.headers["etag"]}
    )
    assert response.status_code == 200


async def test_a_merge_chain_is_followed_to_its_end_and_splits_where_it_was_joined(client):
    first, second, third = [await register(client) for _ in range(3)]
    await merge(client, first, into=second)
    await merge(client, second, into=third)
    assert (await get_customer(client, first))["id"] == str(third)
    assert (await post_merge(client, "unmerge", third, first)).json()["code"] == "not_merged"
    assert (await post_merge(client, "unmerge", third, second)).status_code == 200
    assert (await get_customer(client, first))["id"] == str(second)


async def test_a_duplicate_of_a_duplicate_belongs_to_the_last_survivor(client):
    first, second, third = [await register(client) for _ in range(3)]
    await merge(client, first, into=second)
    joined = await merge(client, third, into=first)
    assert joined.json()["id"] == str(second)
    assert joined.headers["content-location"] == f"/v1/customers/{second}"


async def test_members_are_not_listed_as_customers_of_their_own(client):
    survivor, duplicate = await register(client, name="A", owner="wang"), await register(client, name="B", owner="wang")
    await merge(client, duplicate, into=survivor)

    async def listed(**query: str) -> list[str]:
        return [item["name"] for item in (await client.get("/v1/customers", params=query)).json()["items"]]

    assert [await listed(), await listed(q="B"), await listed(owner="wang")] == [["A"], ["A"], ["A"]]
    await post_merge(client, "unmerge", survivor, duplicate)
    assert await listed() == ["A", "B"]


async def test_purchases_recorded_for_a_duplicate_stay_with_the_duplicate(client):
    survivor, duplicate = await register(client), await register(client, external_id="old-card")
    await merge(client, duplicate, into=survivor)
    bought = await buy(client, customer_external_id="old-card")
    assert bought["customer_id"] == str(duplicate)


async def test_an_invalid_merge_is_rejected_and_publishes_nothing(client, customer_database):
    survivor, duplicate, other = [await register(client) for _ in range(3)]
    await merge(client, duplicate, into=survivor)
    published = len(await staged(customer_database))
    for what, into, named, status, code in (
        ("merge", survivor, survivor, 422, "merged_with_themselves"),
        ("merge", survivor, new_id(), 422, "customer_unknown"),
        ("merge", new_id(), other, 404, "customer_not_found"),
        ("merge", survivor, duplicate, 409, "already_merged"),
        ("merge", other, duplicate, 409, "already_merged"),
        ("merge", duplicate, survivor, 409, "merge_cycle"),
        ("unmerge", other, duplicate, 409, "not_merged"),
        ("unmerge", duplicate, survivor, 409, "not_merged"),
        ("unmerge", new_id(), duplicate, 404, "customer_not_found"),
    ):
        response = await post_merge(client, what, into, named)
        assert (response.status_code, response.json()["code"]) == (status, code), what
    assert len(await staged(customer_database)) == published


async def test_of_two_concurrent_merges_into_each_other_one_wins(client, customer_database):
    for _ in range(5):
        one, other = await register(client), await register(client)
        responses = await asyncio.gather(
            post_merge(client, "merge", one, other), post_merge(client, "merge", other, one)
        )
        assert sorted(response.status_code for response in responses) == [200, 409]
        assert await get_customer(client, one) == await get_customer(client, other)
    assert len(await staged(customer_database, "heed.customer.merged")) == 5


async def test_merges_at_once_close_no_circle_over_customers_whom_neither_names(client, customer_database):
    first, second, third, fourth = [await register(client) for _ in range(4)]
    await merge(client, second, into=third)
    await merge(client, fourth, into=first)
    async with customer_database.transaction() as session:
        await service.merge_customers(session, survivor_id=second, duplicate_id=first, now=NOON)
        late = asyncio.create_task(post_merge(client, "merge", fourth, third))
        await asyncio.sleep(0.2)
        assert not late.done()
    assert (await late).json()["code"] == "merge_cycle"
    assert len({(await get_customer(client, customer_id))["id"] for customer_id in (first, second, third, fourth)}) == 1


async def test_a_confirmation_may_be_sent_and_a_key_makes_a_merge_happen_once(client, customer_database):
    survivor, duplicate = await register(client), await register(client)
    body, key = {"duplicate_id": str(duplicate), "confirm_identified": True}, {"Idempotency-Key": "once"}
    responses = [await client.post(f"/v1/customers/{survivor}/merge", json=body, headers=key) for _ in range(2)]
    assert [response.status_code for response in responses] == [200, 200]
    assert len({response.headers["heed-event"] for response in responses}) == 1
    assert len(await staged(customer_database, "heed.customer.merged")) == 1


async def test_a_merge_needs_the_scope_to_write_customers(app, customer_database, clock):
    token = await make_token(customer_database, now=clock.now(), scopes=frozenset({"customers:read"}))
    async with make_client(app, token) as reader:
        assert (await post_merge(reader, "merge", new_id(), new_id())).status_code == 403
        assert (await post_merge(reader, "unmerge", new_id(), new_id())).status_code == 403
