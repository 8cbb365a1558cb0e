"""A customer is handed over with a note and with what is open; the history of owners is complete."""

import pytest
from sqlalchemy import text

from heed_common.identifiers import new_id
from tests.conftest import NOON
from tests.customer.commitments.test_promises import promise
from tests.customer.commitments.test_quotes import quote
from tests.customer.factories import merge, register, staged
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio
INSERT_COMPLAINT = text("""
    INSERT INTO complaint (id, version, customer_id, kind, state, opened_at, is_open, confidential)
    VALUES (:id, 1, :customer_id, 'complaint', 'accepted', :now, true, :confidential)
""")


async def hand_over(client, customer_id, owner="Zhao Min", note="Prefers calls before noon.", **headers):
    return await client.post(
        f"/v1/customers/{customer_id}/hand-over", json={"owner": owner, "note": note}, headers=headers
    )


async def owners(client, customer_id):
    return (await client.get(f"/v1/customers/{customer_id}/hand-over")).json()["items"]


async def test_a_hand_over_shows_what_is_open_and_stores_it(client, customer_database):
    customer_id = await register(client, owner="Wang Fang")
    open_promise = await promise(client, customer_id)
    fulfilled = await promise(client, customer_id)
    await client.post(f"/v1/customers/{customer_id}/promises/{fulfilled['id']}/settle", json={"kept": True})
    open_quote = await quote(client, customer_id)
    complaint_id = new_id()
    async with customer_database.transaction() as session:
        for id_, confidential in ((complaint_id, False), (new_id(), True)):
            params = {"id": id_, "customer_id": customer_id, "now": NOON, "confidential": confidential}
            await session.execute(INSERT_COMPLAINT, params)
    response = await hand_over(client, customer_id)
    assert response.status_code == 200, response.text
    change = response.json()
    assert (change["previous_owner"], change["owner"]) == ("Wang Fang", "Zhao Min")
    assert change["open_items"] == {
        "complaints": [str(complaint_id)], "promises": [open_promise["id"]], "quotes": [open_quote["id"]],
    }  # fmt: skip
    assert (await owners(client, customer_id))[0] == change
    event = (await staged(customer_database, "heed.customer.updated"))[-1]
    assert (event.data["handed_over"], event.data["changed"]) == (True, ["owner"])
    assert response.headers["heed-event"] == str(event.id)
    assert "Zhao" not in event.model_dump_json()
    customer = await client.get(f"/v1/customers/{customer_id}")
    assert (customer.json()["owner"], revision_of(customer)) == ("Zhao Min", revision_of(response))


async def test_the_history_has_every_owner_however_it_was_changed(client, clock):
    customer_id = await register(client, owner="Wang Fang")
    await clock.sleep(60)
    tag = (await client.get(f"/v1/customers/{customer_id}")).headers["etag"]
    await client.patch(f"/v1/customers/{customer_id}", json={"owner": "Sun Li"}, headers={"If-Match": tag})
    await clock.sleep(60)
    await hand_over(client, customer_id)
    history = [(item["previous_owner"], item["owner"], item["note"]) for item in await owners(client, customer_id)]
    assert history == [
        ("Sun Li", "Zhao Min", "Prefers calls before noon."),
        ("Wang Fang", "Sun Li", None),
        (None, "Wang Fang", None),
    ]
    first = (await client.get(f"/v1/customers/{customer_id}/hand-over", params={"limit": 2})).json()
    rest = await client.get(
        f"/v1/customers/{customer_id}/hand-over", params={"limit": 2, "cursor": first["next_cursor"]}
    )
    assert [item["owner"] for item in rest.json()["items"]] == ["Wang Fang"]


async def test_a_customer_without_an_owner_has_no_history_until_one_takes_over(client):
    customer_id = await register(client)
    assert await owners(client, customer_id) == []
    assert (await hand_over(client, customer_id)).json()["previous_owner"] is None
    assert len(await owners(client, customer_id)) == 1


async def test_a_hand_over_that_changes_nothing_or_is_not_up_to_date_is_refused(client, customer_database):
    customer_id = await register(client, owner="Zhao Min")
    unchanged = await hand_over(client, customer_id)
    assert (unchanged.status_code, unchanged.json()["code"]) == (409, "owner_unchanged")
    assert (await hand_over(client, customer_id, owner="Sun Li", **{"If-Match": '"7"'})).status_code == 412
    for body in ({"owner": "Sun Li"}, {"owner": " ", "note": "x"}, {"owner": "Sun Li", "note": "nul\u0000"}):
        response = await client.post(f"/v1/customers/{customer_id}/hand-over", json=body)
        assert response.status_code == 422
    assert len(await owners(client, customer_id)) == 1
    assert await staged(customer_database, "heed.customer.updated") == []


async def test_a_merged_customer_is_not_handed_over_and_its_owners_are_listed_with_the_survivor(client):
    survivor, duplicate = await register(client, owner="Wang Fang"), await register(client, owner="Sun Li")
    await merge(client, duplicate, into=survivor)
    refused = await hand_over(client, duplicate)
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")
    assert {item["owner"] for item in await owners(client, duplicate)} == {"Wang Fang", "Sun Li"}
