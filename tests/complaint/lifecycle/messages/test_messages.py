"""Internal notes and messages to the customer."""

from uuid import uuid4

import pytest

from heed_common.auth.scopes import SCOPES
from tests.common.sample_app import make_client, make_token
from tests.complaint.test_api import opened

pytestmark = pytest.mark.asyncio

BAD = [
    ({"visibility": "everybody", "text": "x"}, "/visibility"),
    ({"visibility": None, "text": "x"}, "/visibility"),
    ({"text": "x"}, "/visibility"),
    ({"visibility": "internal"}, "/text"),
    ({"visibility": "internal", "text": " "}, "/text"),
    ({"visibility": "internal", "text": 7}, "/text"),
    ({"visibility": "internal", "text": "a" * 10_001}, "/text"),
    ({"visibility": "internal", "text": "a\x00b"}, "/text"),
    ({"visibility": "internal", "text": "x", "by": "somebody"}, "/by"),
]


async def written(client, complaint, text, visibility="internal"):
    response = await client.post(
        f"/v1/complaints/{complaint['id']}/messages", json={"visibility": visibility, "text": text}
    )
    assert response.status_code == 201, response.text
    return response.json()


async def test_notes_and_messages_are_listed_in_the_order_of_writing(client):
    complaint = await opened(client)
    note = await written(client, complaint, "Rang twice")
    message = await written(client, complaint, "We are looking into it", "customer")
    assert (note["author"], note["visibility"], note["text"]) == ("desk", "internal", "Rang twice")
    path = f"/v1/complaints/{complaint['id']}/messages"
    assert (await client.get(path)).json() == {"items": [note, message], "next_cursor": None}
    assert (await client.get(path, params={"visibility": "customer"})).json()["items"] == [message]


async def test_pages_of_messages_follow_each_other(client):
    complaint = await opened(client)
    texts = [(await written(client, complaint, f"Note {n}"))["text"] for n in range(5)]
    path, cursor, seen = f"/v1/complaints/{complaint['id']}/messages", None, []
    while True:
        page = (await client.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [message["text"] for message in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == texts


async def test_the_history_records_a_message_without_its_text(client):
    complaint = await opened(client)
    note = await written(client, complaint, "The neighbour is unbearable")
    history = await client.get(f"/v1/complaints/{complaint['id']}/history")
    entry = history.json()["items"][-1]
    assert (entry["action"], entry["after"]) == ("message", {"message_id": note["id"], "visibility": "internal"})
    assert entry["by"] == note["by"]
    assert "unbearable" not in history.text


async def test_a_message_does_not_change_the_revision_of_the_complaint(client):
    complaint = await opened(client)
    await written(client, complaint, "A note")
    path = f"/v1/complaints/{complaint['id']}"
    assert (await client.patch(path, json={"severity": "minor"}, headers={"If-Match": '"1"'})).status_code == 200


async def test_a_message_sent_twice_under_one_key_is_stored_once(client):
    complaint = await opened(client)
    path = f"/v1/complaints/{complaint['id']}/messages"
    body = {"visibility": "internal", "text": "Once"}
    responses = [await client.post(path, json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert responses[0].json() == responses[1].json()
    assert len((await client.get(path)).json()["items"]) == 1


@pytest.mark.parametrize(("body", "pointer"), BAD)
async def test_an_invalid_message_is_refused_with_a_pointer(client, body, pointer):
    complaint = await opened(client)
    response = await client.post(f"/v1/complaints/{complaint['id']}/messages", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_a_message_on_an_unknown_complaint_is_refused(client):
    path = f"/v1/complaints/{uuid4()}/messages"
    for response in (await client.get(path), await client.post(path, json={"visibility": "internal", "text": "x"})):
        assert (response.status_code, response.json()["code"]) == (404, "complaint_not_found")


async def test_callers_with_read_scope_only_cannot_write_messages(app, client, complaint_database, clock):
    complaint = await opened(client)
    token = await make_token(complaint_database, now=clock.now(), scopes=SCOPES - {"complaints:write"})
    async with make_client(app, token) as reader:
        path = f"/v1/complaints/{complaint['id']}/messages"
        response = await reader.post(path, json={"visibility": "internal", "text": "x"})
        assert (response.status_code, response.json()["scope"]) == (403, "complaints:write")
        assert (await reader.get(path)).status_code == 200
