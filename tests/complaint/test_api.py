"""The HTTP API of the complaint service."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import names, staged_events
from tests.entity_tags import revision_of

CUSTOMER = "01954f9e-7e3a-7000-8000-000000000001"
pytestmark = pytest.mark.asyncio

TO_COMPLETED = (
    {"action": "accept"},
    {"action": "contact", "answered_live": True},
    {"action": "commit", "promise": "By Friday", "promised_by": "2026-03-06T12:00:00Z"},
    {"action": "complete", "resolution": "Replaced", "cause": "misuse", "responsibility": "service"},
)
INCOMPLETE_MOVES = [
    ({}, "/action"),
    ({"action": "explode"}, "/action"),
    ({"action": ["accept"]}, "/action"),
    ({"action": "decline"}, "/reason"),
    ({"action": "reopen", "reason": " "}, "/reason"),
    ({"action": "commit", "promised_by": "2026-03-06T12:00:00Z"}, "/promise"),
    ({"action": "commit", "promise": "Soon", "promised_by": "2026-03-06T12:00:00"}, "/promised_by"),
    ({"action": "complete"}, "/resolution"),
    ({"action": "confirm"}, "/accepted"),
    ({"action": "confirm", "accepted": "yes"}, "/accepted"),
    ({"action": "call_back", "pleasant": True}, "/solved"),
    ({"action": "accept", "resolution": "Done"}, "/resolution"),
]
BAD_COMPLAINTS = [
    ({"occurred_at": "2026-03-02T12:00:00"}, "/occurred_at"),
    ({"occurred_at": "2026-03-02T12:05:01Z"}, "/occurred_at"),
    ({"received_at": "2026-03-02T12:05:01Z"}, "/received_at"),
    ({"received_at": "2026-03-01T12:00:00Z"}, "/received_at"),
    ({"occurred_at": "0026-03-02T12:00:00Z"}, "/occurred_at"),
    ({"occurred_at": "1969-12-31T23:59:59Z"}, "/occurred_at"),
    ({"occurred_at": 1772452800}, "/occurred_at"),
    ({"customer_id": "somebody"}, "/customer_id"),
    ({"channel": "pigeon"}, "/channel"),
    ({"severity": "awful"}, "/severity"),
    ({"category": "weather"}, "/category"),
    ({"description": ""}, "/description"),
    ({"description": "a\x00b"}, "/description"),
    ({"description": "a" * 10_001}, "/description"),
    ({"amount_at_stake": "-1"}, "/amount_at_stake"),
    ({"amount_at_stake": "1.23456"}, "/amount_at_stake"),
    ({"currency": "XXY"}, "/currency"),
    ({"state": "closed"}, "/state"),
    ({"kind": "rant"}, "/kind"),
    ({"kind": None}, "/kind"),
    ({"quality_side": "sideways"}, "/quality_side"),
    ({"quality_side": "Technical"}, "/quality_side"),
    ({"responsible_unit": "x" * 201}, "/responsible_unit"),
    ({"confidential": 1}, "/confidential"),
    ({"regulator": "yes"}, "/regulator"),
    ({"attachments": {}}, "/attachments"),
    ({"attachments": [{"name": "a", "uri": "x"}] * 21}, "/attachments"),
    ({"attachments": [{"name": "a"}]}, "/attachments/0/uri"),
]


def body(**overrides):
    return {
        "customer_id": CUSTOMER,
        "channel": "phone",
        "category": "product",
        "severity": "major",
        "description": "It does not start",
        "occurred_at": "2026-03-02T12:00:00+01:00",
    } | overrides


async def opened(client, **overrides):
    answer = await client.post("/v1/complaints", json=body(**overrides))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def moved(client, complaint, *moves):
    for move in moves:
        answer = await client.post(f"/v1/complaints/{complaint['id']}/transitions", json=move)
        assert answer.status_code == 200, answer.text
        complaint = answer.json()
    return complaint


def sla(complaint):
    return {clock["milestone"]: clock for clock in complaint["sla"]}


async def events(database):
    async with database.transaction() as session:
        return await staged_events(session)


async def test_an_opened_complaint_answers_with_its_deadlines(client, complaint_database):
    answer = await client.post("/v1/complaints", json=body())
    assert answer.status_code == 201
    complaint = answer.json()
    assert answer.headers["Location"] == f"/v1/complaints/{complaint['id']}"
    assert answer.headers["ETag"] == '"1"'
    (event,) = await events(complaint_database)
    assert answer.headers["Heed-Event"] == str(event.id)
    assert (complaint["state"], complaint["occurred_at"]) == ("received", "2026-03-02T11:00:00.000000Z")
    running = {"number": 1, "state": "running", "consumed_seconds": 0, "paused": False}
    assert complaint["sla"] == [
        {"milestone": "first_contact", "due_at": "2026-03-02T13:00:00.000000Z"} | running,
        {"milestone": "commitment", "due_at": "2026-03-02T16:00:00.000000Z"} | running,
        {"milestone": "resolution", "due_at": "2026-03-04T12:00:00.000000Z"} | running,
        {"milestone": "call_back", "due_at": None} | running | {"state": "waiting"},
    ]
    read = await client.get(f"/v1/complaints/{complaint['id']}")
    at_stake = {"expected_value_saved": None, "value_currency": None}
    assert (read.json(), revision_of(read)) == (complaint | at_stake, 1)


async def test_the_walk_from_receipt_to_the_close(client, complaint_database, clock):
    complaint = await opened(client)
    clock.advance(timedelta(minutes=30))
    complaint = await moved(
        client,
        complaint,
        *TO_COMPLETED,
        {"action": "confirm", "accepted": True},
        {"action": "call_back", "solved": True, "pleasant": False},
        {"action": "close", "note": "All well"},
    )
    assert (complaint["state"], complaint["within_target"], complaint["solved"]) == ("closed", True, True)
    assert {clock["state"] for clock in complaint["sla"]} == {"met"}
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()
    assert [entry["action"] for entry in history["items"]] == [
        *("open", "accept", "contact", "commit", "complete", "confirm", "call_back", "close"),
    ]
    assert history["items"][2]["after"]["answered_live"] is True
    assert history["items"][-1]["note"] == "All well"
    assert names(await events(complaint_database))[-1] == "complaint.closed"


async def test_a_move_that_is_not_allowed_is_answered_with_those_that_are(client):
    complaint = await opened(client)
    answer = await client.post(f"/v1/complaints/{complaint['id']}/transitions", json={"action": "close"})
    assert answer.status_code == 409
    problem = answer.json()
    assert problem["code"] == "move_not_allowed"
    assert problem["allowed"] == ["accept", "decline", "refer", "withdraw"]


async def test_a_move_without_a_field_that_its_action_requires_is_refused_with_a_pointer(client):
    path = f"/v1/complaints/{(await opened(client))['id']}/transitions"
    for move, pointer in INCOMPLETE_MOVES:
        answer = await client.post(path, json=move)
        assert answer.status_code == 422, move
        assert pointer in [error["pointer"] for error in answer.json()["errors"]], move


async def test_of_two_agents_who_move_the_same_complaint_one_wins(client):
    complaint = await opened(client)
    path, seen = f"/v1/complaints/{complaint['id']}/transitions", {"If-Match": '"1"'}
    first = await client.post(path, json={"action": "accept"}, headers=seen)
    second = await client.post(path, json={"action": "withdraw", "reason": "x"}, headers=seen)
    assert (first.status_code, first.headers["ETag"], second.status_code) == (200, '"2"', 412)


async def test_a_move_that_many_make_at_once_is_made_once(client, complaint_database):
    complaint = await opened(client)
    path = f"/v1/complaints/{complaint['id']}/transitions"
    answers = await asyncio.gather(*(client.post(path, json={"action": "accept"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert names(await events(complaint_database)) == ["complaint.opened", "complaint.accepted"]


async def test_a_correction_moves_the_deadline_and_the_etag(client):
    complaint = await opened(client)
    path = f"/v1/complaints/{complaint['id']}"
    assert (await client.patch(path, json={"severity": "minor"})).status_code == 428
    assert (await client.patch(path, json={"severity": "minor"}, headers={"If-Match": '"9"'})).status_code == 412
    answer = await client.patch(path, json={"severity": "minor", "product": "Kettle"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert sla(answer.json())["resolution"]["due_at"] == "2026-03-09T12:00:00.000000Z"
    assert answer.json()["product"] == "Kettle"
    emptied = await client.patch(path, json={"product": None}, headers={"If-Match": '"2"'})
    assert emptied.json()["product"] is None


async def test_what_every_complaint_has_cannot_be_emptied(client):
    path = f"/v1/complaints/{(await opened(client))['id']}"
    for field in ("customer_id", "channel", "category", "severity", "description", "currency"):
        answer = await client.patch(path, json={field: None}, headers={"If-Match": "*"})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, f"/{field}")


async def test_a_pause_stops_the_clock_for_the_resolution(client, clock):
    complaint = await moved(client, await opened(client), {"action": "accept"})
    complaint = await moved(client, complaint, {"action": "wait_for_customer", "reason": "Serial number"})
    clock.advance(timedelta(minutes=20))
    read = (await client.get(f"/v1/complaints/{complaint['id']}")).json()
    assert sla(read)["resolution"] == {
        "milestone": "resolution",
        "number": 1,
        "due_at": None,
        "state": "paused",
        "consumed_seconds": 0,
        "paused": True,
    }
    assert sla(read)["commitment"]["consumed_seconds"] == 1200
    complaint = await moved(client, complaint, {"action": "resume"})
    assert sla(complaint)["resolution"]["due_at"] == "2026-03-04T12:20:00.000000Z"
    explained = (await client.get(f"/v1/complaints/{complaint['id']}/sla")).json()["items"][2]
    assert (explained["target_seconds"], explained["waited_seconds"]) == (48 * 3600, 1200)
    assert explained["started_at"] == "2026-03-02T12:00:00.000000Z"


async def test_bad_input_is_refused_with_a_pointer_and_nothing_is_written(client, complaint_database):
    for wrong, pointer in BAD_COMPLAINTS:
        answer = await client.post("/v1/complaints", json=body(**wrong))
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), wrong
        assert answer.json()["errors"][0]["pointer"] == pointer, wrong
    assert await events(complaint_database) == []
    assert (await client.get("/v1/complaints")).json()["items"] == []


async def test_an_unknown_category_has_a_code_of_its_own(client):
    answer = await client.post("/v1/complaints", json=body(category="weather.rain"))
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_category")
    assert "weather" not in answer.text


async def test_malformed_json_and_a_body_of_ten_megabytes_are_clear_problems(client):
    path, kind = "/v1/complaints", {"content-type": "application/json"}
    malformed = await client.post(path, content=b'{"customer_id": ', headers=kind)
    assert (malformed.status_code, malformed.json()["code"]) == (400, "malformed_json")
    huge = await client.post(path, json=body(description="x" * 10_000_000))
    assert (huge.status_code, huge.json()["code"]) == (413, "too_large")


async def test_without_a_token_or_its_scope_every_call_is_refused(app, complaint_database, clock):
    async with make_client(app) as anonymous:
        assert (await anonymous.post("/v1/complaints", json=body())).status_code == 401
    reader = await make_token(complaint_database, now=clock.now(), scopes=frozenset({"complaints:read"}))
    async with make_client(app, reader) as client:
        assert (await client.get("/v1/complaints")).status_code == 200
        assert (await client.post("/v1/complaints", json=body())).status_code == 403
        move = await client.post(f"/v1/complaints/{uuid4()}/transitions", json={"action": "accept"})
        assert move.status_code == 403


async def test_an_unknown_survey_is_not_found(client):
    for path in ("", "/history", "/sla"):
        answer = await client.get(f"/v1/complaints/{uuid4()}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "complaint_not_found")
    move = await client.post(f"/v1/complaints/{uuid4()}/transitions", json={"action": "accept"})
    assert move.status_code == 404


async def test_a_repeated_request_has_its_effect_once(client, complaint_database):
    key = {"Idempotency-Key": "k-1"}
    first = await client.post("/v1/complaints", json=body(), headers=key)
    again = await client.post("/v1/complaints", json=body(), headers=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert again.headers["Heed-Event"] == first.headers["Heed-Event"]
    other = await client.post("/v1/complaints", json=body(severity="minor"), headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await events(complaint_database)) == 1


async def test_the_same_external_id_answers_the_first_event_and_other_content_conflicts(client):
    first = await client.post("/v1/complaints", json=body(external_id="t-1", amount_at_stake="1.50"))
    again = await client.post("/v1/complaints", json=body(external_id="t-1", amount_at_stake="1.5"))
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["Heed-Event"] == first.headers["Heed-Event"]
    other = await client.post("/v1/complaints", json=body(external_id="t-1", severity="minor"))
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")


async def test_pages_stay_right_while_others_write(client):
    ids = [(await opened(client))["id"] for _ in range(5)]
    first = (await client.get("/v1/complaints", params={"limit": 2})).json()
    await opened(client)
    second = (await client.get("/v1/complaints", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    third = (await client.get("/v1/complaints", params={"limit": 2, "cursor": second["next_cursor"]})).json()
    listed = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert listed == ids[::-1]
    assert third["next_cursor"] is None
    assert (await client.get("/v1/complaints", params={"cursor": "nonsense"})).status_code == 422
    assert (await client.get("/v1/complaints", params={"limit": 201})).status_code == 422


async def test_complaints_are_found_by_state_and_customer(client):
    mine = await opened(client, customer_id=str(uuid4()))
    other = await moved(client, await opened(client), {"action": "accept"})
    by_customer = await client.get("/v1/complaints", params={"customer_id": mine["customer_id"]})
    by_state = await client.get("/v1/complaints", params={"state": "accepted"})
    assert [item["id"] for item in by_customer.json()["items"]] == [mine["id"]]
    assert [item["id"] for item in by_state.json()["items"]] == [other["id"]]
    assert (await client.get("/v1/complaints", params={"state": "furious"})).status_code == 422


@pytest.mark.parametrize(
    ("accept", "language", "label"), [("zh-CN,en;q=0.5", "zh", "配送"), ("en, zh;q=0.9", "en", "Delivery")]
)
async def test_taxonomies_are_in_the_language_of_the_caller(client, accept, language, label):
    answer = await client.get("/v1/taxonomies", headers={"Accept-Language": accept})
    assert answer.headers["Content-Language"] == language
    taxonomies = {item["taxonomy"]: item["terms"] for item in answer.json()["items"]}
    assert [term["code"] for term in taxonomies["category"]] == [
        *("product", "service", "delivery", "billing", "staff", "other"),
    ]
    assert taxonomies["category"][2]["label"] == label
    assert len(taxonomies["channel"]) == 9
