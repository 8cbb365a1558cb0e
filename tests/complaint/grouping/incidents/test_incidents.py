"""Incidents: attach complaints, bulk transitions and messages, each with its own result."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from heed_common.auth.scopes import SCOPES
from heed_common.contracts.complaint import ComplaintStatus
from heed_complaint.grouping.incidents import bulk_actions, membership, service
from heed_complaint.grouping.incidents.errors import InAnotherIncident, IncidentClosed, IncidentNotFound
from heed_complaint.grouping.incidents.rules import BulkAction, MatchCriteria, NewIncident
from heed_complaint.lifecycle.opening import service as complaints
from heed_complaint.lifecycle.transitions.errors import TransitionNotAllowed
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.sla import case as cases
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import CLERK, make_move, move, names, open_complaint, staged_events
from tests.conftest import NOON

HOUR = timedelta(hours=1)
CARDS = "calling card"
INCIDENTS = "/v1/complaints/incidents"
pytestmark = pytest.mark.asyncio


async def incident(session, **overrides):
    new = NewIncident(**({"title": "Cards are refused", "product": CARDS} | overrides))
    return await service.open_incident(session, new=new, by=CLERK, now=NOON)


async def opened(session, **overrides):
    case = await open_complaint(session, now=NOON, **({"product": CARDS} | overrides))
    return case.complaint.id


async def attach(session, about, *complaint_ids):
    return await membership.attach(
        session, incident_id=about.id, complaint_ids=complaint_ids, confidential=True, by=CLERK, now=NOON
    )


async def detach(session, about, *complaint_ids):
    return await membership.detach(
        session, incident_id=about.id, complaint_ids=complaint_ids, confidential=True, by=CLERK, now=NOON
    )


async def attach_matching(session, about, **criteria):
    return await membership.attach_matching(
        session, incident_id=about.id, criteria=MatchCriteria(**criteria), confidential=True, by=CLERK, now=NOON
    )


async def transition_all(session, about, action, *, now=NOON, after=None, limit=200):
    return await bulk_actions.transition_all(
        session,
        incident_id=about.id,
        transition=make_move(action, at=now),
        confidential=True,
        after=after,
        limit=limit,
        by=CLERK,
        now=now,
    )


async def state_of(session, complaint_id):
    return (await cases.load(session, complaint_id=complaint_id)).complaint.state


async def test_the_incident_of_a_complaint_is_in_its_history_and_its_events(session):
    about, complaint_id = await incident(session), await opened(session)
    (outcome,) = await attach(session, about, complaint_id)
    assert (outcome.complaint_id, outcome.result) == (complaint_id, BulkAction.ATTACHED)
    assert (await staged_events(session, complaint_id))[-1].data["changed"] == ["incident_id"]
    (outcome,) = await attach(session, about, complaint_id)
    assert outcome.result is BulkAction.UNCHANGED
    (outcome,) = await detach(session, about, complaint_id)
    assert outcome.result is BulkAction.DETACHED
    (outcome,) = await detach(session, about, complaint_id)
    assert outcome.result is BulkAction.UNCHANGED
    history = await complaints.list_history(session, complaint_id=complaint_id, after=0, limit=9)
    assert [entry.action for entry in history] == ["open", "attach", "detach"]
    assert history[1].after == history[2].before == {"incident_id": str(about.id)}
    assert names(await staged_events(session, complaint_id)) == ["complaint.opened", *["complaint.amended"] * 2]


async def test_a_refused_complaint_does_not_stop_the_others(session):
    about, other = await incident(session), await incident(session, title="Another fault")
    free, taken, unknown = await opened(session), await opened(session), uuid4()
    await attach(session, other, taken)
    outcomes = {outcome.complaint_id: outcome.result for outcome in await attach(session, about, free, taken, unknown)}
    assert outcomes[free] is BulkAction.ATTACHED
    assert isinstance(outcomes[taken], InAnotherIncident)
    assert outcomes[unknown].code == "complaint_not_found"
    (outcome,) = await detach(session, about, taken)
    assert isinstance(outcome.result, InAnotherIncident)


async def test_a_dry_run_shows_the_matching_complaints(session):
    about = await incident(session)
    expected = [
        await opened(session, category="service.cards"),
        await opened(session, category="service", received_at=NOON - HOUR),
    ]
    await opened(session, category="service", product="kettle")
    await opened(session, category="staff")
    await opened(session, category="service", received_at=NOON - 30 * HOUR)
    ended = await open_complaint(session, now=NOON, product=CARDS, category="service")
    await move(session, ended, Action.WITHDRAW, now=NOON)
    criteria = {
        "category": "service",
        "product": CARDS,
        "received_from": NOON - 24 * HOUR,
        "received_until": NOON + HOUR,
    }
    found, left = await membership.dry_run_matching(session, criteria=MatchCriteria(**criteria), confidential=True)
    assert ([outcome.complaint_id for outcome in found], left) == (sorted(expected), 0)
    assert (await service.list_complaints(session, incident_id=about.id, confidential=True, after=None, limit=9)) == []
    outcomes, left = await attach_matching(session, about, **criteria)
    assert {one.complaint_id: one.result for one in outcomes} == dict.fromkeys(expected, BulkAction.ATTACHED)
    assert await attach_matching(session, about, **criteria) == ([], 0)


async def test_a_bulk_transition_reports_complaints_whose_state_does_not_allow_it(session):
    about = await incident(session)
    ready = [await opened(session) for _ in range(3)]
    late = await opened(session)
    await attach(session, about, *ready, late)
    for complaint_id in ready:
        await move(session, await cases.load(session, complaint_id=complaint_id), Action.ACCEPT, now=NOON)
    outcomes, rest = await transition_all(session, about, Action.COMPLETE)
    results = {outcome.complaint_id: outcome.result for outcome in outcomes}
    assert rest is None
    assert [results[complaint_id] for complaint_id in ready] == [BulkAction.TRANSITIONED] * 3
    assert isinstance(results[late], TransitionNotAllowed)
    assert results[late].members["allowed"] == ["accept", "decline", "refer", "withdraw"]
    assert [await state_of(session, complaint_id) for complaint_id in (*ready, late)] == [
        *[ComplaintStatus.COMPLETED] * 3,
        ComplaintStatus.RECEIVED,
    ]
    assert names(await staged_events(session, late)) == ["complaint.opened", "complaint.amended"]


async def test_a_bulk_transition_runs_in_chunks_without_overlap(session):
    about = await incident(session)
    ids = [await opened(session) for _ in range(7)]
    await attach(session, about, *ids)
    seen, after = [], None
    while True:
        outcomes, after = await transition_all(session, about, Action.ACCEPT, after=after, limit=3)
        seen += outcomes
        if after is None:
            break
    assert [outcome.complaint_id for outcome in seen] == sorted(ids)
    assert {outcome.result for outcome in seen} == {BulkAction.TRANSITIONED}


async def test_a_bulk_message_reaches_each_customer_once(client, complaint_database):
    path = (await client.post(INCIDENTS, json={"title": "Cards are refused"})).headers["Location"]
    async with complaint_database.transaction() as session:
        ids = [str(await opened(session)) for _ in range(3)]
        other = await opened(session)
    await client.post(f"{path}/attach", json={"complaint_ids": ids})
    answer, cursor = {"text": "The cards work again since noon."}, ""
    while cursor is not None:
        page = (await client.post(f"{path}/messages?limit=2{cursor}", json=answer)).json()
        assert {item["status"] for item in page["items"]} == {"told"}
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    for complaint_id in ids:
        (message,) = (await client.get(f"/v1/complaints/{complaint_id}/messages")).json()["items"]
        assert (message["text"], message["visibility"]) == (answer["text"], "customer")
    assert (await client.get(f"/v1/complaints/{other}/messages")).json()["items"] == []
    empty = await client.post(f"{path}/messages", json={"text": " "})
    assert (empty.status_code, empty.json()["errors"][0]["pointer"]) == (422, "/text")


async def test_attaching_the_same_complaints_in_opposite_orders_does_not_deadlock(complaint_database):
    async with complaint_database.transaction() as session:
        about = await incident(session)
        ids = [await opened(session) for _ in range(6)]
        other = await incident(session)

    async def gather(where, complaint_ids):
        async with complaint_database.transaction() as session:
            return await attach(session, where, *complaint_ids)

    one, two = await asyncio.wait_for(asyncio.gather(gather(about, ids), gather(other, ids[::-1])), 30)
    assert sorted(sum(outcome.result is BulkAction.ATTACHED for outcome in outcomes) for outcomes in (one, two)) == [
        0,
        6,
    ]


async def test_a_closed_incident_accepts_no_complaints_until_it_is_reopened(session):
    about, complaint_id = await incident(session), await opened(session)
    change = {"incident_id": about.id, "now": NOON + HOUR}
    over = await service.update_incident(session, changes={"state": "over"}, if_match=about.revision, **change)
    assert (over.state, over.closed_at) == ("over", NOON + HOUR)
    with pytest.raises(IncidentClosed):
        await attach(session, about, complaint_id)
    again = await service.update_incident(session, changes={"state": "open"}, if_match=over.revision, **change)
    assert again.closed_at is None
    assert (await attach(session, about, complaint_id))[0].result is BulkAction.ATTACHED
    with pytest.raises(IncidentNotFound):
        await membership.attach(
            session, incident_id=uuid4(), complaint_ids=[complaint_id], confidential=True, by=CLERK, now=NOON
        )


async def test_an_incident_over_http(client, complaint_database):
    answer = await client.post(INCIDENTS, json={"title": "Cards are refused", "product": CARDS})
    assert answer.status_code == 201, answer.text
    path, tag = answer.headers["Location"], {"If-Match": answer.headers["ETag"]}
    async with complaint_database.transaction() as session:
        ids = [str(await opened(session)) for _ in range(3)]
    preview = (await client.post(f"{path}:attach-matching?dry_run=true", json={"product": CARDS})).json()
    assert [item["status"] for item in preview["items"]] == ["found"] * 3
    attached = (await client.post(f"{path}/attach", json={"complaint_ids": [*ids, str(uuid4())]})).json()
    assert sorted(item["status"] for item in attached["items"]) == [*["attached"] * 3, "refused"]
    moved = (await client.post(f"{path}/transitions?limit=2", json={"action": "accept"})).json()
    assert [item["status"] for item in moved["items"]] == ["moved"] * 2
    rest = f"{path}/transitions?cursor={moved['next_cursor']}"
    assert (await client.post(rest, json={"action": "accept"})).json()["next_cursor"] is None
    assert (await client.get(path)).json()["complaints"] == {"accepted": 3}
    listed = (await client.get(f"{path}/complaints?limit=2")).json()
    assert [item["id"] for item in listed["items"]] == sorted(ids)[:2]
    refused = (await client.post(f"{path}/transitions", json={"action": "accept"})).json()["items"][0]
    assert (refused["problem"]["code"], "complete" in refused["problem"]["allowed"]) == ("move_not_allowed", True)
    await client.post(f"{path}/detach", json={"complaint_ids": ids[:1]})
    assert (await client.patch(path, json={"state": "over"}, headers=tag)).json()["state"] == "over"
    assert (await client.patch(path, json={"state": "open"}, headers=tag)).status_code == 412
    assert (await client.patch(path, json={"state": "open"})).status_code == 428
    (item,) = (await client.get(f"{INCIDENTS}?state=over")).json()["items"]
    assert item["complaints"] == {"accepted": 2}
    assert (await client.get(f"{INCIDENTS}?state=open")).json()["items"] == []


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("", {"title": ""}, "/title"),
        ("", {"title": "a", "category": "weather"}, "/category"),
        ("", {"title": "a", "state": "over"}, "/state"),
        ("/attach", {"complaint_ids": []}, "/complaint_ids"),
        ("/attach", {"complaint_ids": [str(uuid4())] * 201}, "/complaint_ids"),
        ("/detach", {"complaint_ids": ["a"]}, "/complaint_ids/0"),
        (":attach-matching", {}, ""),
        (":attach-matching", {"received_from": "2026-03-01T12:00:00"}, "/received_from"),
        ("/transitions", {"action": "complete"}, "/resolution"),
    ],
)
async def test_invalid_requests_are_refused_with_a_pointer(client, path, body, pointer):
    about = (await client.post(INCIDENTS, json={"title": "Cards are refused"})).headers["Location"]
    answer = await client.post(f"{about}{path}" if path else INCIDENTS, json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_bulk_actions_skip_confidential_complaints_without_the_scope(app, client, complaint_database):
    path = (await client.post(INCIDENTS, json={"title": "Cards are refused"})).headers["Location"]
    async with complaint_database.transaction() as session:
        secret = str(await opened(session, confidential=True))
    scopes = SCOPES - {"complaints:confidential:read", "complaints:confidential:write"}
    token = await make_token(complaint_database, now=NOON, scopes=scopes)
    async with make_client(app, token) as clerk:
        ids = {"complaint_ids": [secret]}
        (refused,) = (await clerk.post(f"{path}/attach", json=ids)).json()["items"]
        assert refused["problem"]["code"] == "complaint_not_found"
        alike = await clerk.post(f"{path}:attach-matching?dry_run=true", json={"product": CARDS})
        assert alike.json() == {"items": [], "left": 0}
        await client.post(f"{path}/attach", json=ids)
        assert (await clerk.post(f"{path}/transitions", json={"action": "accept"})).json()["items"] == []
        assert (await clerk.get(f"{path}/complaints")).json()["items"] == []
        assert (await clerk.get(path)).json()["complaints"] == {}
    assert (await client.get(path)).json()["complaints"] == {"received": 1}
