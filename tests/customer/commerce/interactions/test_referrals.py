"""Referrals: a customer is referred once, by one other, and never in a cycle."""

import asyncio
from itertools import pairwise

import pytest
from sqlalchemy import text

from tests.customer.factories import make_interaction, merge, post_merge, register, staged

pytestmark = pytest.mark.asyncio


async def refer(client, customer_id, referred_id, **overrides):
    body = {"customer_id": str(customer_id), "referred_customer_id": str(referred_id)}
    return await client.post("/v1/referrals", json=body | {"occurred_at": "2026-03-02T09:00:00Z"} | overrides)


async def refused(client, customer_id, referred_id, **overrides):
    response = await refer(client, customer_id, referred_id, **overrides)
    problem = response.json()
    return response.status_code, problem["code"], problem["errors"][0]["pointer"]


async def test_a_friend_who_is_referred_three_times_has_one_referral(client, customer_database):
    customer, friend = await register(client), await register(client)
    first = await refer(client, customer, friend)
    again = [await refer(client, customer, friend, occurred_at=f"2026-03-02T0{hour}:00:00Z") for hour in (9, 8)]
    again.append(await refer(client, customer, friend, external_id="crm-7"))
    assert (first.status_code, [response.status_code for response in again]) == (201, [200, 200, 200])
    assert [response.json() for response in again] == [first.json()] * 3
    assert {response.headers["heed-event"] for response in again} == {first.headers["heed-event"]}
    assert len(await staged(customer_database, "heed.referral")) == 1


async def test_a_double_click_refers_a_friend_once(client, customer_database):
    customer, friend = await register(client), await register(client)
    responses = await asyncio.gather(*(refer(client, customer, friend) for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [200, 200, 200, 201]
    assert len(await staged(customer_database, "heed.referral")) == 1


async def test_a_customer_is_referred_by_one_other(client):
    first, second, friend = [await register(client) for _ in range(3)]
    await refer(client, first, friend)
    expected = (409, "referred_by_another", "/referred_customer_id")
    assert await refused(client, second, friend) == expected
    assert await refused(client, second, friend, external_id="crm-8") == expected


async def test_a_customer_may_refer_many_and_people_who_are_no_customers_yet(client):
    customer, *friends = [await register(client) for _ in range(3)]
    for friend in friends:
        assert (await refer(client, customer, friend)).status_code == 201
    body = {"customer_id": str(customer), "occurred_at": "2026-03-02T09:00:00Z"}
    responses = [await client.post("/v1/referrals", json=body) for _ in range(2)]
    assert [response.status_code for response in responses] == [201, 201]


@pytest.mark.parametrize("length", [2, 3, 5])
async def test_referrals_form_no_cycle(client, length):
    circle = [await register(client) for _ in range(length)]
    for customer, friend in pairwise(circle):
        assert (await refer(client, customer, friend)).status_code == 201
    assert await refused(client, circle[-1], circle[0]) == (409, "referral_cycle", "/referred_customer_id")


async def test_concurrent_referrals_of_two_customers_form_no_cycle(client):
    one, other = await register(client), await register(client)
    responses = await asyncio.gather(refer(client, one, other), refer(client, other, one))
    assert sorted(response.status_code for response in responses) == [201, 409]


async def test_merged_customers_are_referred_once(client):
    customer, double, friend, twin, other = [await register(client) for _ in range(5)]
    first = await refer(client, customer, friend)
    await merge(client, twin, into=friend)
    await merge(client, customer, into=double)
    again = await refer(client, double, twin)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (await refused(client, other, twin))[:2] == (409, "referred_by_another")
    assert (await refused(client, twin, double))[:2] == (409, "referral_cycle")
    assert (await refused(client, customer, double))[:2] == (422, "referred_themselves")


async def test_unmerged_customers_can_each_be_referred(client):
    customer, friend, twin, other = [await register(client) for _ in range(4)]
    await refer(client, customer, friend)
    await merge(client, twin, into=friend)
    await post_merge(client, "unmerge", friend, twin)
    assert (await refer(client, other, twin)).status_code == 201


async def test_existing_duplicate_referrals_stay_valid(client, customer_database):
    """Data from before a customer could be referred only once: the oldest referral of the pair is returned."""
    first, second, friend = [await register(client) for _ in range(3)]
    oldest = await refer(client, first, friend)
    later = await refer(client, second, second_friend := await register(client))
    async with customer_database.transaction() as session:
        doubled = text("UPDATE referral SET referred_customer_id = :friend WHERE referred_customer_id = :other")
        await session.execute(doubled, {"friend": friend, "other": second_friend})
    assert (await refer(client, first, friend)).json() == oldest.json()
    assert (await refer(client, second, friend)).json()["id"] == later.json()["id"]


async def test_an_interaction_can_be_repeated_with_the_currency_of_the_first_response(client):
    body = make_interaction(customer_id=str(await register(client)), external_id="i-1")
    first = await client.post("/v1/interactions", json=body)
    again = await client.post("/v1/interactions", json=body | {"currency": first.json()["currency"]})
    assert (again.status_code, again.json()) == (200, first.json())
    other = await client.post("/v1/interactions", json=body | {"currency": "CNY"})
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")
