"""Messages after the reopening period, or about merged complaints, reach an agent as well."""

import asyncio

import pytest

from tests.complaint.factories.complaints import names
from tests.complaint.factories.messages import ACCEPT, CLOSE, COMPLETE, DAY, WAIT, events_of, set_policy
from tests.complaint.test_api import body, moved

pytestmark = pytest.mark.asyncio


async def test_i_want_a_message_long_after_the_end_to_open_a_follow_up(case, complaint_database, clock):
    await set_policy(case.client, reopen_within_days=10)
    await case.move(ACCEPT, COMPLETE, CLOSE)
    clock.advance(10 * DAY)
    answer = await case.by_mail("It broke again.")
    follow_up = (await case.client.get(f"/v1/complaints/{answer['complaint_id']}")).json()
    assert (answer["outcome"], follow_up["follow_up_of"], follow_up["state"]) == ("opened", case.id, "received")
    assert (follow_up["description"], follow_up["channel"]) == ("It broke again.", "mail")
    assert (await case.shown())["state"] == "closed"
    contact = (await case.client.get(f"/v1/complaints/{follow_up['id']}/contact")).json()
    assert contact["address"] == "anna@example.org"
    assert names(await events_of(complaint_database, follow_up["id"])) == [
        *("complaint.opened", "complaint.message_received"),
    ]
    again = await case.by_mail("It broke again.")
    assert again["complaint_id"] == follow_up["id"]
    await case.over_link("Are you there?")
    texts = [message["text"] for message in (await case.page())["messages"]]
    assert texts == ["It broke again.", "Are you there?"]
    listed = (await case.client.get("/v1/complaints")).json()["items"]
    assert {item["id"] for item in listed} == {case.id, follow_up["id"]}
    history = (await case.client.get(f"{case.path}/history")).json()["items"]
    assert history[-1]["after"] == {"follow_up": follow_up["id"]}


async def test_i_want_two_late_messages_at_once_to_open_one_complaint(case, clock):
    await case.move(ACCEPT, COMPLETE, CLOSE)
    clock.advance(31 * DAY)
    await asyncio.gather(case.over_link("One"), case.over_link("Two"))
    listed = (await case.client.get("/v1/complaints")).json()["items"]
    assert [item["follow_up_of"] for item in listed] == [case.id, None]
    assert {message["text"] for message in (await case.page())["messages"]} == {"One", "Two"}
    assert (await case.page())["state"] == "message_received"


async def test_i_want_a_late_message_to_open_a_follow_up_though_its_category_is_retired(case, clock):
    taxonomy = await case.client.get("/v1/taxonomies/category?all=true")
    await case.move(ACCEPT, COMPLETE, CLOSE)
    terms = [
        {name: value for name, value in term.items() if name != "label"} | {"retired": term["code"] == "other"}
        for term in taxonomy.json()["terms"]
    ]
    headers = {"If-Match": taxonomy.headers["etag"]}
    retired = await case.client.put("/v1/taxonomies/category", json={"terms": terms}, headers=headers)
    assert retired.status_code == 200, retired.text
    clock.advance(31 * DAY)
    await case.over_link("It broke again.")
    (follow_up, _) = (await case.client.get("/v1/complaints")).json()["items"]
    assert (follow_up["follow_up_of"], follow_up["category"]) == (case.id, "other")


async def test_i_want_the_links_of_a_follow_up_to_end_with_those_of_its_predecessor(case, clock):
    await case.move(ACCEPT, COMPLETE, CLOSE)
    clock.advance(31 * DAY)
    await case.over_link("It broke again.")
    (follow_up, _) = (await case.client.get("/v1/complaints")).json()["items"]
    assert (await case.client.delete(f"/v1/complaints/{follow_up['id']}/links")).status_code == 204
    assert (await case.anonymous.get(case.link, headers={"Accept": "application/json"})).status_code == 404


async def test_i_want_a_confidential_follow_up_to_be_hidden_behind_its_link(case, clock):
    await case.move(ACCEPT, COMPLETE, CLOSE)
    clock.advance(31 * DAY)
    await case.over_link("It broke again.")
    (follow_up, _) = (await case.client.get("/v1/complaints")).json()["items"]
    path = f"/v1/complaints/{follow_up['id']}"
    await case.client.patch(path, json={"confidential": True}, headers={"If-Match": "*"})
    assert (await case.page())["messages"] == []
    refused = await case.anonymous.post(f"{case.link}/messages", json={"text": "Hello?"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_over_this_link")


async def test_i_want_my_message_about_a_duplicate_to_reach_the_survivor(case, client, send_mail):
    survivor = (await send_mail(9, text="The same"))["complaint_id"]
    await moved(client, {"id": survivor}, ACCEPT)
    merged = await client.post(f"/v1/complaints/{survivor}/merge", json={"duplicate_id": case.id})
    assert merged.status_code == 200, merged.text
    await moved(client, {"id": survivor}, WAIT)
    await case.over_link("It is 123")
    shown = (await client.get(f"/v1/complaints/{survivor}")).json()
    assert (shown["paused"], shown["customer_wrote_at"] is None) == (False, False)
    assert (await case.page())["state"] == "message_received"
    assert await case.queued() == [(survivor, "customer_wrote")]


@pytest.mark.parametrize("survivor_first", [True, False])
async def test_i_want_a_message_not_to_be_lost_in_a_merge(case, client, send_mail, survivor_first):
    other = (await send_mail(9, text="The same"))["complaint_id"]
    survivor, duplicate = (other, case.id) if survivor_first else (case.id, other)
    merged = client.post(f"/v1/complaints/{survivor}/merge", json={"duplicate_id": duplicate})
    _, answer = await asyncio.gather(case.over_link("It is 123"), merged)
    assert answer.status_code == 200, answer.text
    assert await case.queued() == [(survivor, "customer_wrote")]


async def test_i_want_my_reply_to_be_mine_when_my_mail_was_merged_into_my_phone_call(case, client):
    by_phone = (await client.post("/v1/complaints", json=body())).json()
    merged = await client.post(f"/v1/complaints/{by_phone['id']}/merge", json={"duplicate_id": case.id})
    assert merged.status_code == 200, merged.text
    await moved(client, by_phone, ACCEPT, WAIT)
    ours = f"<heed-{by_phone['id']}@crm.example>"
    await case.send_mail(2, in_reply_to=ours, text="It is 123")
    shown = (await client.get(f"/v1/complaints/{by_phone['id']}")).json()
    assert (shown["paused"], shown["customer_wrote_at"] is None) == (False, False)
    await case.send_mail(3, in_reply_to=ours, text="Me too", **{"from": "mallory@evil.example"})
    authors = [
        each["author"] for each in (await client.get(f"/v1/complaints/{by_phone['id']}/messages")).json()["items"]
    ]
    assert authors == ["customer", "desk"]


async def test_i_want_bulk_actions_of_an_incident_to_leave_messages_unanswered(case, client):
    created = (await client.post("/v1/complaints/incidents", json={"title": "Leaks"})).json()
    incident = f"/v1/complaints/incidents/{created['id']}"
    attached = await client.post(f"{incident}/attach", json={"complaint_ids": [case.id]})
    assert attached.status_code == 200, attached.text
    await case.over_link("Mine is on fire")
    done = await client.post(f"{incident}/messages", json={"text": "We know"})
    assert done.status_code == 200, done.text
    assert (await client.post(f"{incident}/transitions", json=ACCEPT)).status_code == 200
    shown = await case.shown()
    assert (shown["state"], shown["customer_wrote_at"] is None) == ("accepted", False)
