"""Two customers who are both identified are merged only if that is confirmed."""

import pytest

from tests.customer.accounts.test_profiles import Profile, consent
from tests.customer.factories import merge, post_merge, register

pytestmark = pytest.mark.asyncio


async def with_verified_id(client, id_number):
    customer_id = await register(client)
    await consent(client, customer_id)
    profile = Profile(client, customer_id)
    await profile.put({"id_number": id_number})
    assert (await client.put(f"{profile.path}/id_number/verification", json={"verified": True})).status_code == 200
    return customer_id


async def with_verified_phone(client, number):
    customer_id = await register(client)
    body = {"kind": "phone", "value": number, "verified": True}
    assert (await client.post(f"/v1/customers/{customer_id}/contacts", json=body)).status_code == 201
    return customer_id


async def test_two_identified_customers_need_a_confirmation(client):
    by_id, by_phone = await with_verified_id(client, "A1"), await with_verified_phone(client, "+8613800138000")
    refused = await post_merge(client, "merge", by_id, by_phone)
    assert (refused.status_code, refused.json()["code"]) == (409, "both_identified")
    assert refused.json()["errors"][0]["pointer"] == "/confirm_identified"
    body = {"duplicate_id": str(by_phone), "confirm_identified": True}
    confirmed = await client.post(f"/v1/customers/{by_id}/merge", json=body)
    assert (confirmed.status_code, confirmed.json()["id"]) == (200, str(by_id))


async def test_a_customer_counts_as_identified_by_its_duplicates(client):
    survivor, other = await register(client), await with_verified_id(client, "A1")
    await merge(client, await with_verified_id(client, "A2"), into=survivor)
    refused = await post_merge(client, "merge", survivor, other)
    assert (refused.status_code, refused.json()["code"]) == (409, "both_identified")


async def test_an_unverified_customer_is_merged_without_a_confirmation(client):
    identified, unverified = await with_verified_id(client, "A1"), await register(client)
    await consent(client, unverified)
    await Profile(client, unverified).put({"id_number": "A1"})
    await merge(client, unverified, into=identified)
