"""The HTTP API of the workforce."""

import asyncio
from uuid import UUID, uuid4

import pytest

from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import names, open_complaint, staged_events
from tests.conftest import NOON
from tests.entity_tags import revision_of

AGENTS = "/v1/complaints/agents"
OFFICE = {"time_zone": "Europe/Berlin", "hours": {"mon": [["09:00", "12:00"], ["12:30", "17:00"]]}}
pytestmark = pytest.mark.asyncio

BAD_AGENTS = [
    ({"max_load": -1}, "/max_load"),
    ({"max_load": "3"}, "/max_load"),
    ({"present": "yes"}, "/present"),
    ({"skills": ["No such"]}, "/skills/0"),
    ({"languages": ["Chinese!"]}, "/languages/0"),
    ({"queues": ["nowhere"]}, "/queues/0"),
    ({"name": "a\x00b"}, "/name"),
    ({"absences": [{"since": "2026-03-02T12:00:00Z", "until": "2026-03-02T12:00:00Z"}]}, "/absences/0"),
    ({"absences": [{"since": "2026-03-02T12:00:00", "until": "2026-03-03T12:00:00Z"}]}, "/absences/0/since"),
    ({"shifts": OFFICE | {"time_zone": "Mars/Olympus"}}, "/shifts/time_zone"),
    ({"shifts": OFFICE | {"hours": {"mon": [["12:00", "09:00"]]}}}, "/shifts/hours/mon/0"),
    ({"shifts": OFFICE | {"hours": {}}}, "/shifts/hours"),
    ({"boss": True}, "/boss"),
]


async def put_agent(client, agent_id, **body):
    answer = await client.put(f"{AGENTS}/{agent_id}", json=body)
    assert answer.status_code == 201, answer.text
    return answer


async def opened(database):
    async with database.transaction() as session:
        return (await open_complaint(session, now=NOON)).complaint.id


async def test_an_agent_is_written_read_and_changed_by_who_saw_the_last_version(client):
    written = await put_agent(client, "ann", name="Ann", skills=["product"], shifts=OFFICE, languages=["zh", "en"])
    assert written.json()["on_duty"] is True
    read = await client.get(f"{AGENTS}/ann")
    assert (read.json(), revision_of(read)) == (written.json(), revision_of(written))
    assert (await client.put(f"{AGENTS}/ann", json={})).status_code == 428
    assert (await client.put(f"{AGENTS}/ann", json={}, headers={"If-Match": '"9"'})).status_code == 412
    changed = await client.put(f"{AGENTS}/ann", json={"max_load": 3}, headers={"If-Match": read.headers["ETag"]})
    assert (changed.status_code, changed.json()["max_load"], changed.json()["skills"]) == (200, 3, [])
    assert changed.headers["ETag"] == '"2"'


async def test_an_agent_comes_and_goes_without_outdating_what_others_have_read(client):
    etag = (await put_agent(client, "ann")).headers["ETag"]
    gone = await client.post(f"{AGENTS}/ann/presence", json={"present": False})
    assert (gone.json()["present"], gone.json()["on_duty"]) == (False, False)
    assert (await client.put(f"{AGENTS}/ann", json={}, headers={"If-Match": etag})).status_code == 200


async def test_agents_are_listed_page_by_page(client):
    for name in ("cyd", "ann", "bob"):
        await put_agent(client, name)
    first = (await client.get(AGENTS, params={"limit": 2})).json()
    second = (await client.get(AGENTS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [agent["id"] for page in (first, second) for agent in page["items"]] == ["ann", "bob", "cyd"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(("wrong", "pointer"), BAD_AGENTS)
async def test_an_agent_that_makes_no_sense_is_refused_with_a_pointer(client, wrong, pointer):
    answer = await client.put(f"{AGENTS}/ann", json=wrong)
    assert answer.status_code == 422
    problem = answer.json()
    assert pointer in [problem.get("pointer"), *(error["pointer"] for error in problem.get("errors", []))], problem


async def test_what_the_desk_does_not_know_is_not_found(client):
    for path, code in ((f"{AGENTS}/ann", "agent_not_found"), ("/v1/complaints/queues/none", "queue_not_found")):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    gone = await client.post(f"{AGENTS}/ann/hand-over", json={"note": "On leave"})
    assert (gone.status_code, gone.json()["code"]) == (404, "agent_not_found")


async def test_queues_are_listed_in_the_order_in_which_they_are_matched(client):
    answer = await client.put("/v1/complaints/queues/repairs", json={"categories": ["product"], "place": 5})
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    listed = (await client.get("/v1/complaints/queues")).json()["items"]
    assert [queue["name"] for queue in listed] == ["repairs", "general"]
    first = (await client.get("/v1/complaints/queues", params={"limit": 1})).json()
    second = (await client.get("/v1/complaints/queues", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [first["items"], second["items"]] == [[listed[0]], [listed[1]]]
    assert (await client.put("/v1/complaints/queues/repairs", json={})).status_code == 428
    assert (await client.put("/v1/complaints/queues/No%20Name", json={})).status_code == 422


async def test_only_operators_change_the_settings_of_the_desk(app, client, complaint_database, clock):
    read = await client.get("/v1/complaints/desk")
    assert read.json() == {"assigns_on_acceptance": True, "four_eyes": "agents"}
    body, seen = {"assigns_on_acceptance": False, "four_eyes": "off"}, {"If-Match": read.headers["ETag"]}
    scopes = frozenset({"complaints:read", "complaints:write"})
    token = await make_token(complaint_database, now=clock.now(), scopes=scopes)
    async with make_client(app, token) as agent:
        for path in ("desk", "agents/me", "queues/mine"):
            answer = await agent.put(f"/v1/complaints/{path}", json=body, headers=seen)
            assert (answer.status_code, answer.json()["scope"]) == (403, "settings:write")
    assert (await client.put("/v1/complaints/desk", json=body, headers=seen)).json() == body
    assert (await client.put("/v1/complaints/desk", json=body | {"four_eyes": "two"}, headers=seen)).status_code == 422


async def test_a_complaint_is_given_by_the_rule_by_name_and_back_to_the_queue(client, complaint_database):
    complaint_id = await opened(complaint_database)
    path = f"/v1/complaints/{complaint_id}"
    await put_agent(client, "ann", skills=["product"])
    await put_agent(client, "bob")
    by_rule = await client.post(f"{path}/assign", json={})
    assert (by_rule.status_code, by_rule.json()["owner"]) == (200, "ann")
    assert by_rule.json()["reason"]["by"] == "rule"
    by_name = await client.post(f"{path}/assign", json={"owner": "bob", "note": "Ann is ill"})
    assert (by_name.json()["previous_owner"], by_name.json()["hand_overs"]) == ("ann", 1)
    assert "Heed-Event" in by_name.headers
    back = await client.post(f"{path}/assign", json={"owner": None, "queue": "general"})
    assert (back.json()["owner"], back.json()["queue"]) == (None, "general")
    listed = (await client.get(f"{path}/assignments", params={"limit": 2})).json()
    assert [item["owner"] for item in listed["items"]] == ["ann", "bob"]
    assert listed["next_cursor"] is not None
    shown = (await client.get(path)).json()
    assert (shown["owner"], shown["queue"]) == (None, "general")
    stale = await client.post(f"{path}/assign", json={}, headers={"If-Match": by_rule.headers["ETag"]})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "code"), [({"owner": "stranger"}, "unknown_agent"), ({"queue": "nowhere"}, "unknown_queue")]
)
async def test_whom_the_desk_does_not_know_cannot_be_in_charge(client, complaint_database, body, code):
    answer = await client.post(f"/v1/complaints/{await opened(complaint_database)}/assign", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_the_owner_of_a_complaint_is_refused_its_call_back(app, complaint_database, clock):
    token = await make_token(complaint_database, now=clock.now())
    async with make_client(app, token) as owner:
        complaint_id = await opened(complaint_database)
        path = f"/v1/complaints/{complaint_id}"
        for action in ({"action": "accept"}, {"action": "complete", "resolution": "Done"}):
            assert (await owner.post(f"{path}/transitions", json=action)).status_code == 200
        caller = (await owner.get(f"{path}/history")).json()["items"][1]["by"]
        await put_agent(owner, caller)
        call_back = {"action": "call_back", "solved": True, "pleasant": True}
        refused = await owner.post(f"{path}/transitions", json=call_back)
        assert (refused.status_code, refused.json()["code"]) == (409, "four_eyes")
    async with make_client(app, await make_token(complaint_database, now=clock.now())) as other:
        assert (await other.post(f"{path}/transitions", json=call_back)).status_code == 200


async def test_promises_are_made_kept_and_withdrawn_over_http(client, complaint_database):
    path = f"/v1/complaints/{await opened(complaint_database)}/promises"
    promise = {"what": "We call", "promised_by": "2026-03-02T15:00:00Z", "kind": "response_time"}
    made = await client.post(path, json=promise)
    assert (made.status_code, made.json()["state"]) == (201, "open")
    kept = await client.post(f"{path}/{made.json()['id']}/keep")
    assert (kept.json()["state"], kept.json()["settled_at"]) == ("kept", "2026-03-02T12:00:00.000000Z")
    again = (await client.post(f"{path}/{made.json()['id']}/keep")).json()
    assert (again["status"], again["code"]) == (409, "promise_not_open")
    other = (await client.post(path, json=promise)).json()
    body = {"apology": "Sorry", "promised_by": "2026-03-03T15:00:00Z"}
    moved = (await client.post(f"{path}/{other['id']}/renegotiate", json=body)).json()
    assert (moved["replaces"], moved["promised_by"]) == (other["id"], "2026-03-03T15:00:00.000000Z")
    listed = (await client.get(path)).json()["items"]
    assert [(item["state"], item["told_before"]) for item in listed] == [
        ("kept", False),
        ("broken", True),
        ("open", False),
    ]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"what": ""}, "/what"),
        ({"promised_by": "tomorrow"}, "/promised_by"),
        ({"promised_by": "2026-03-02T11:59:59Z"}, "/promised_by"),
        ({"kind": "maybe"}, "/kind"),
        ({"for": "you"}, "/for"),
    ],
)
async def test_a_promise_that_makes_no_sense_is_refused_with_a_pointer(client, complaint_database, wrong, pointer):
    promise = {"what": "We call", "promised_by": "2026-03-02T15:00:00Z"} | wrong
    answer = await client.post(f"/v1/complaints/{await opened(complaint_database)}/promises", json=promise)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


async def test_a_complaint_that_does_not_exist_has_neither_promises_nor_assignments(client):
    for path in ("promises", "assignments"):
        answer = await client.get(f"/v1/complaints/{uuid4()}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "complaint_not_found")


@pytest.mark.slow
async def test_of_two_agents_who_move_the_same_complaint_one_wins(app, complaint_database, clock):
    """Both have read the same version; the second is refused, and nothing of it is written."""
    clients = [make_client(app, await make_token(complaint_database, now=clock.now())) for _ in range(2)]
    async with clients[0] as ann, clients[1] as bob:
        for _ in range(10):
            complaint_id = await opened(complaint_database)
            seen = {"If-Match": (await ann.get(f"/v1/complaints/{complaint_id}")).headers["ETag"]}
            answers = await asyncio.gather(
                ann.post(f"/v1/complaints/{complaint_id}/transitions", json={"action": "accept"}, headers=seen),
                bob.post(
                    f"/v1/complaints/{complaint_id}/transitions",
                    json={"action": "decline", "reason": "Not ours"},
                    headers=seen,
                ),
            )
            assert sorted(answer.status_code for answer in answers) == [200, 412]
            won = next(answer.json()["state"] for answer in answers if answer.status_code == 200)
            assert (await bob.get(f"/v1/complaints/{complaint_id}")).json()["state"] == won
            async with complaint_database.transaction() as session:
                assert names(await staged_events(session, complaint_id)) == ["complaint.opened", f"complaint.{won}"]


@pytest.mark.parametrize(
    ("path", "position"),
    [
        ("queues", (10**12, "x")),
        ("queues", (True, "x")),
        ("agents", (1,)),
        (f"{UUID(int=1)}/assignments", (2**63,)),
        ("", ("1e999999", str(UUID(int=1)))),
        ("catalogue", (None,)),
    ],
)
async def test_a_cursor_that_no_list_can_have_given_is_refused_although_it_is_signed(app, client, path, position):
    address = f"/v1/complaints/{path}".rstrip("/")
    cursor = (await app.state.resources.cursor_signer()).encode(address, position)
    answer = await client.get(address, params={"cursor": cursor} | ({} if path else {"sort": "-expected_value_saved"}))
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")
