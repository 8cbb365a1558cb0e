"""Merging complaints over HTTP."""

from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.auth.scopes import SCOPES
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import open_complaint
from tests.conftest import NOON

CUSTOMER = uuid4()
pytestmark = pytest.mark.asyncio


async def opened(database, **overrides):
    async with database.transaction() as session:
        case = await open_complaint(session, now=NOON, **({"customer_id": CUSTOMER} | overrides))
    return f"/v1/complaints/{case.complaint.id}", str(case.complaint.id)


async def test_a_merge_and_its_unmerge_leave_both_complaints_unchanged(client, complaint_database, clock):
    (survivor, survivor_id), (duplicate, duplicate_id) = [
        await opened(complaint_database, received_at=NOON - timedelta(minutes=minutes)) for minutes in (0, 30)
    ]
    before = [(await client.get(path)).json() for path in (survivor, duplicate)]
    tag = (await client.get(survivor)).headers["ETag"]
    merged = await client.post(
        f"{survivor}/merge", json={"duplicate_id": duplicate_id, "note": "Same call"}, headers={"If-Match": tag}
    )
    assert merged.status_code == 200, merged.text
    assert merged.json()["received_at"] == before[1]["received_at"]
    assert merged.headers["ETag"] != tag
    assert (await client.get(duplicate)).json()["merged_into"] == survivor_id
    (listed,) = (await client.get(f"{survivor}/merged")).json()["items"]
    assert (listed["id"], listed["description"]) == (duplicate_id, before[1]["description"])
    history = (await client.get(f"{survivor}/history")).json()["items"]
    assert {entry["complaint_id"] for entry in history} == {survivor_id, duplicate_id}
    assert [entry["note"] for entry in history if entry["action"] == "merge"] == ["Same call"] * 2
    apart = await client.post(f"{survivor}/unmerge", json={"duplicate_id": duplicate_id})
    assert apart.status_code == 200
    assert [(await client.get(path)).json() for path in (survivor, duplicate)] == before
    assert (await client.get(f"{survivor}/merged")).json() == {"items": [], "next_cursor": None}


async def test_transitions_of_a_merged_complaint_are_refused_with_its_survivor(client, complaint_database):
    (survivor, survivor_id), (duplicate, duplicate_id) = [await opened(complaint_database) for _ in range(2)]
    await client.post(f"{survivor}/merge", json={"duplicate_id": duplicate_id})
    tag = (await client.get(duplicate)).headers["ETag"]
    for answer in (
        await client.post(f"{duplicate}/transitions", json={"action": "reopen", "reason": "It is open still"}),
        await client.patch(duplicate, json={"severity": "critical"}, headers={"If-Match": tag}),
        await client.post(f"{duplicate}/split", json={"category": "billing", "description": "Billed twice"}),
        await client.post(f"{duplicate}/unmerge", json={"duplicate_id": survivor_id}),
    ):
        assert answer.status_code == 409
        assert (answer.json()["code"], answer.json()["merged_into"]) == ("complaint_is_merged", survivor_id)


async def test_a_forbidden_merge_is_refused_with_its_reason(client, complaint_database):
    survivor, survivor_id = await opened(complaint_database)
    _, of_another = await opened(complaint_database, customer_id=uuid4())
    _, secret = await opened(complaint_database, confidential=True)
    tried = [
        ({"duplicate_id": survivor_id}, 422, "merged_with_itself"),
        ({"duplicate_id": of_another}, 409, "different_customers"),
        ({"duplicate_id": secret}, 409, "less_confidential"),
        ({"duplicate_id": str(uuid4())}, 404, "complaint_not_found"),
        ({"duplicate_id": "that one"}, 422, "validation_failed"),
        ({"duplicate_id": of_another, "confirm_other_customer": "yes"}, 422, "validation_failed"),
        ({}, 422, "validation_failed"),
    ]
    for body, status, code in tried:
        answer = await client.post(f"{survivor}/merge", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    for path in ("merge", "unmerge"):
        answer = await client.post(f"/v1/complaints/{uuid4()}/{path}", json={"duplicate_id": survivor_id})
        assert answer.json()["code"] == "complaint_not_found"
    stale = await client.post(f"{survivor}/merge", json={"duplicate_id": of_another}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
    confirmed = await client.post(
        f"{survivor}/merge", json={"duplicate_id": of_another, "confirm_other_customer": True}
    )
    assert confirmed.status_code == 200


async def test_confidential_complaints_are_neither_merged_nor_listed_without_the_scope(app, client, complaint_database):
    survivor, survivor_id = await opened(complaint_database, confidential=True)
    open_one, open_id = await opened(complaint_database)
    _, secret = await opened(complaint_database, confidential=True)
    assert (await client.post(f"{survivor}/merge", json={"duplicate_id": secret})).status_code == 200
    scopes = SCOPES - {"complaints:confidential:read", "complaints:confidential:write"}
    token = await make_token(complaint_database, now=NOON, scopes=scopes)
    async with make_client(app, token) as clerk:
        for path, duplicate_id in ((open_one, secret), (open_one, survivor_id), (survivor, open_id)):
            answer = await clerk.post(f"{path}/merge", json={"duplicate_id": duplicate_id})
            assert (answer.status_code, answer.json()["code"]) == (404, "complaint_not_found")
        assert (await clerk.get(f"{survivor}/merged")).status_code == 404


async def test_a_confidential_duplicate_stays_hidden_when_its_survivor_is_public(app, client, complaint_database):
    survivor, _ = await opened(complaint_database, confidential=True)
    _, secret = await opened(complaint_database, confidential=True)
    await client.post(f"{survivor}/merge", json={"duplicate_id": secret})
    tag = (await client.get(survivor)).headers["ETag"]
    await client.patch(survivor, json={"confidential": False}, headers={"If-Match": tag})
    token = await make_token(complaint_database, now=NOON, scopes=SCOPES - {"complaints:confidential:read"})
    async with make_client(app, token) as clerk:
        assert (await clerk.get(f"{survivor}/merged")).json()["items"] == []
        history = (await clerk.get(f"{survivor}/history")).json()["items"]
        assert secret not in {entry["complaint_id"] for entry in history}


async def test_a_merge_repeated_with_its_key_happens_once(client, complaint_database):
    (survivor, _), (_, duplicate_id) = [await opened(complaint_database) for _ in range(2)]
    headers = {"Idempotency-Key": "merge-1"}
    first = await client.post(f"{survivor}/merge", json={"duplicate_id": duplicate_id}, headers=headers)
    again = await client.post(f"{survivor}/merge", json={"duplicate_id": duplicate_id}, headers=headers)
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json()) == (200, "true", first.json())
    answer = await client.post(f"{survivor}/merge", json={"duplicate_id": duplicate_id})
    assert answer.json()["code"] == "already_merged"
