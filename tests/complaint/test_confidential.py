"""A confidential complaint does not exist for callers who may not see it, over any endpoint."""

import re
from uuid import uuid4

import pytest
import pytest_asyncio

from heed_common.auth.scopes import SCOPES
from tests.common.sample_app import make_client, make_token
from tests.complaint.test_api import CUSTOMER, body, opened

pytestmark = pytest.mark.asyncio

SEE, CHANGE = "complaints:confidential:read", "complaints:confidential:write"
PLACE = "{complaint_id}"
ACCUSATION = "The head of the branch asked for money"


@pytest_asyncio.fixture
async def clerk(app, complaint_database, clock):
    """May do everything but see what is confidential."""
    token = await make_token(complaint_database, now=clock.now(), scopes=SCOPES - {SEE, CHANGE})
    async with make_client(app, token) as clerk:
        yield clerk


@pytest_asyncio.fixture
async def reader(app, complaint_database, clock):
    """May see it too, but not touch it."""
    token = await make_token(complaint_database, now=clock.now(), scopes=SCOPES - {CHANGE})
    async with make_client(app, token) as reader:
        yield reader


def calls(app):
    """All operations; of lists as files one for each format."""
    for path, methods in app.openapi()["paths"].items():
        for file_format in ("csv", "ndjson") if "{file_format}" in path else ("",):
            for method in methods:
                yield path.replace("{file_format}", file_format), method


def address(path, complaint):
    """Places of other things are filled with what is not there."""
    return re.sub(r"\{[^}]+\}", str(uuid4()), path.replace(PLACE, complaint["id"]))


async def test_every_path_to_something_of_a_complaint_is_guarded(app, client, clerk):
    complaint = await opened(client, confidential=True, description=ACCUSATION)
    guarded = [(path, method) for path, method in calls(app) if PLACE in path]
    assert len(guarded) > 4
    for path, method in guarded:
        answer = await clerk.request(method, address(path, complaint), json={})
        assert (answer.status_code, answer.json()["code"]) == (404, "complaint_not_found"), f"{method} {path}"


async def test_a_complaint_in_a_path_is_always_called_the_same_so_that_the_guard_knows_it(app):
    paths = [path for path, _ in calls(app)]
    assert any(PLACE in path for path in paths)
    for path in paths:
        assert not re.match(r"/v1/complaints/\{(?!complaint_id\})", path), path


async def test_no_list_names_it(app, client, clerk):
    complaint = await opened(client, confidential=True, description=ACCUSATION, product="Router X")
    plain = await opened(client, product="Router X")
    lists = [path for path, method in calls(app) if method == "get" and "{" not in path and path.startswith("/v1/")]
    assert {"/v1/complaints", "/v1/complaints.csv", "/v1/complaints.ndjson"} <= set(lists)
    for path in lists:
        answer = await clerk.get(path, params={"customer_id": CUSTOMER} if path == "/v1/complaints" else {})
        assert complaint["id"] not in answer.text, path
        assert ACCUSATION not in answer.text, path
    assert [item["id"] for item in (await clerk.get("/v1/complaints")).json()["items"]] == [plain["id"]]
    assert plain["id"] in (await clerk.get("/v1/complaints.csv")).text
    assert complaint["id"] in (await client.get("/v1/complaints.csv")).text
    everything = (await client.get("/v1/complaints")).json()["items"]
    assert {item["id"] for item in everything} == {complaint["id"], plain["id"]}


async def test_who_may_only_see_it_changes_nothing(client, reader):
    complaint = await opened(client, confidential=True)
    path = f"/v1/complaints/{complaint['id']}"
    assert (await reader.get(path)).status_code == 200
    answer = await reader.post(f"{path}/transitions", json={"action": "accept"})
    assert (answer.status_code, answer.json()["scope"]) == (403, CHANGE)
    assert (await client.get(path)).json()["state"] == "received"


async def test_who_makes_a_complaint_confidential_without_the_right_sees_it_no_more(clerk, client):
    complaint = await opened(clerk)
    path = f"/v1/complaints/{complaint['id']}"
    made = await clerk.patch(path, json={"confidential": True}, headers={"If-Match": '"1"'})
    assert made.status_code == 200
    assert (await clerk.get(path)).status_code == 404
    answer = await clerk.patch(path, json={"confidential": False}, headers={"If-Match": '"2"'})
    assert answer.status_code == 404
    assert (await client.patch(path, json={"confidential": False}, headers={"If-Match": '"2"'})).status_code == 200
    assert (await clerk.get(path)).status_code == 200


async def test_repeating_the_opening_does_not_reveal_later_changes(clerk, client):
    request = body(external_id="letter-7", confidential=True)
    assert (await clerk.post("/v1/complaints", json=request)).status_code == 201
    again = await clerk.post("/v1/complaints", json=request)
    assert (again.status_code, again.json()["code"]) == (409, "external_id_conflict")
    assert (await client.post("/v1/complaints", json=request)).status_code == 200


async def test_an_id_in_another_spelling_is_the_same_complaint(client, clerk):
    complaint = await opened(client, confidential=True)
    bare = complaint["id"].replace("-", "")
    for spelling in (complaint["id"].upper(), bare):
        assert (await client.get(f"/v1/complaints/{spelling}")).status_code == 200
        assert (await clerk.get(f"/v1/complaints/{spelling}")).status_code == 404
    for no_id in (f"urn:uuid:{complaint['id']}", f"{{{complaint['id']}}}", "complaint_id"):
        assert (await client.get(f"/v1/complaints/{no_id}")).status_code == 404


async def test_what_was_opened_under_a_key_is_not_shown_again_when_it_has_become_confidential(client, clerk):
    key = {"Idempotency-Key": "one"}
    first = await clerk.post("/v1/complaints", json=body(), headers=key)
    assert (await clerk.post("/v1/complaints", json=body(), headers=key)).json() == first.json()
    path = first.headers["location"]
    change = await client.patch(path, json={"confidential": True}, headers={"If-Match": first.headers["etag"]})
    assert change.status_code == 200, change.text
    again = await clerk.post("/v1/complaints", json=body(), headers=key)
    assert (again.status_code, again.json()["code"]) == (404, "complaint_not_found")


async def test_what_was_done_to_it_under_a_key_is_not_shown_again_either(client, clerk):
    complaint, key = await opened(client), {"Idempotency-Key": "one"}
    path = f"/v1/complaints/{complaint['id']}"
    message = {"visibility": "internal", "text": ACCUSATION}
    assert (await clerk.post(f"{path}/messages", json=message, headers=key)).status_code == 201
    tag = (await client.get(path)).headers["etag"]
    assert (await client.patch(path, json={"confidential": True}, headers={"If-Match": tag})).status_code == 200
    again = await clerk.post(f"{path}/messages", json=message, headers=key)
    assert (again.status_code, again.json()["code"]) == (404, "complaint_not_found")
    assert ACCUSATION not in again.text
