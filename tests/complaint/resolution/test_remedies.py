"""Remedies: within limits by one person, beyond them by two, and published once."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from heed_complaint.core.tables import Complaint
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.factories.remedies import make_playbook
from tests.complaint.test_api import TO_COMPLETED, body, moved, opened

pytestmark = pytest.mark.asyncio


def path(complaint, *more):
    return "/".join((f"/v1/complaints/{complaint['id']}/remedies", *more))


async def ask(client, complaint, kind="refund", **overrides):
    return await client.post(path(complaint), json={"kind": kind, **overrides})


async def granted(database):
    async with database.transaction() as session:
        return [event for event in await staged_events(session) if names([event]) == ["remedy.granted"]]


async def client_of(app, database, clock, *scopes):
    return make_client(app, await make_token(database, now=clock.now(), scopes=scopes))


async def test_a_refund_within_the_limit_is_granted_at_once_and_published(client, complaint_database):
    complaint = await opened(client)
    response = await ask(client, complaint, amount="59.90", cost="40", note="As promised on the phone")
    assert response.status_code == 201, response.text
    remedy = response.json()
    assert (remedy["state"], remedy["over_limit"], remedy["amount"], remedy["currency"]) == (
        "granted",
        False,
        "59.9000",
        "USD",
    )
    (event,) = await granted(complaint_database)
    assert response.headers["Heed-Event"] == str(event.id)
    carried = {name: event.data[name] for name in ("remedy_id", "kind", "case_kind", "amount", "cost", "currency")}
    assert carried == {
        "remedy_id": remedy["id"],
        "kind": "refund",
        "case_kind": "complaint",
        "amount": "59.9000",
        "cost": "40.0000",
        "currency": "USD",
    }
    assert (await client.get(path(complaint))).json()["items"] == [remedy]
    assert (await client.get(path(complaint, remedy["id"]))).json() == remedy
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    assert (history[-1]["action"], history[-1]["after"]["remedy_id"]) == ("remedy", remedy["id"])


async def test_a_remedy_over_the_limit_is_refused_with_the_limit(client, complaint_database):
    complaint = await opened(client)
    response = await ask(client, complaint, amount="500.01")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, "over_limit")
    assert (problem["limit"], problem["given"], problem["currency"]) == ("500", "0.00", "USD")
    assert problem["errors"][0]["pointer"] == "/amount"
    assert "500.01" not in response.text
    assert (await client.get(path(complaint))).json()["items"] == []
    assert await granted(complaint_database) == []


async def test_two_small_remedies_count_as_much_as_a_large_one(client):
    complaint = await opened(client)
    assert (await ask(client, complaint, "goodwill", amount="60")).status_code == 201
    over = await ask(client, complaint, "goodwill", amount="40.01")
    assert (over.status_code, over.json()["limit"], over.json()["given"]) == (422, "100", "60.00")
    assert (await ask(client, complaint, "goodwill", amount="40")).status_code == 201


async def test_all_kinds_together_have_a_limit_too(client):
    complaint = await opened(client)
    assert (await ask(client, complaint, amount="450")).status_code == 201
    over = await ask(client, complaint, "goodwill", amount="51")
    assert (over.status_code, over.json()["limit"], over.json()["given"]) == (422, "500", "450.00")


async def test_remedies_on_a_duplicate_of_a_duplicate_count_too(client):
    first, second, third = [await opened(client, customer_id=str(UUID(int=7))) for _ in range(3)]
    assert (await ask(client, third, "goodwill", amount="60")).status_code == 201
    for survivor, duplicate in ((second, third), (first, second)):
        merge = await client.post(f"/v1/complaints/{survivor['id']}/merge", json={"duplicate_id": duplicate["id"]})
        assert merge.status_code == 200
    over = await ask(client, first, "goodwill", amount="41")
    assert (over.status_code, over.json()["given"]) == (422, "60.00")


async def test_the_cost_counts_if_it_is_more_than_the_amount(client):
    complaint = await opened(client)
    over = await ask(client, complaint, "replacement", amount="0", cost="501")
    assert (over.status_code, over.json()["code"]) == (422, "over_limit")


async def test_an_apology_needs_no_approval(client):
    complaint = await opened(client)
    response = await ask(client, complaint, "apology")
    assert (response.status_code, response.json()["state"]) == (201, "granted")


async def test_over_the_limit_a_second_person_decides(client, app, complaint_database, clock):
    complaint = await opened(client)
    pending = (await ask(client, complaint, amount="900", request_approval=True)).json()
    assert (pending["state"], pending["over_limit"], pending["decided_at"]) == ("pending", True, None)
    assert await granted(complaint_database) == []
    own = await client.post(path(complaint, pending["id"], "approve"), json={})
    assert (own.status_code, own.json()["code"]) == (409, "four_eyes")
    clock.advance(timedelta(hours=1))
    async with await client_of(app, complaint_database, clock, "complaints:write", "settings:write") as head:
        response = await head.post(path(complaint, pending["id"], "approve"), json={"note": "A good customer"})
        assert (response.status_code, response.json()["state"]) == (200, "granted"), response.text
        assert response.json()["decided_by"] not in (None, pending["requested_by"])
        again = await head.post(path(complaint, pending["id"], "approve"), json={})
        assert (again.status_code, again.json()["code"]) == (409, "remedy_decided")
    (event,) = await granted(complaint_database)
    assert event.data["occurred_at"] == "2026-03-02T13:00:00Z"


async def test_a_rejected_remedy_is_never_published(client, app, complaint_database, clock):
    complaint = await opened(client)
    pending = (await ask(client, complaint, amount="900", request_approval=True)).json()
    async with await client_of(app, complaint_database, clock, "complaints:write", "settings:write") as head:
        response = await head.post(path(complaint, pending["id"], "reject"), json={"note": "Too much"})
        assert (response.json()["state"], response.json()["decision_note"]) == ("rejected", "Too much")
        assert (await head.post(path(complaint, pending["id"], "approve"), json={})).status_code == 409
    assert await granted(complaint_database) == []


async def test_the_agent_who_completed_the_complaint_cannot_approve_its_remedy(client, app, complaint_database, clock):
    desk = await client.get("/v1/complaints/desk")
    changed = desk.json() | {"four_eyes": "everybody"}
    response = await client.put("/v1/complaints/desk", json=changed, headers={"If-Match": desk.headers["ETag"]})
    assert response.status_code == 200, response.text
    complaint = await opened(client)
    async with await client_of(app, complaint_database, clock, "complaints:write", "settings:write") as handler:
        await moved(handler, complaint, *TO_COMPLETED)
        pending = (await ask(client, complaint, amount="900", request_approval=True)).json()
        refused = await handler.post(path(complaint, pending["id"], "approve"), json={})
        assert (refused.status_code, refused.json()["code"]) == (409, "four_eyes")


async def test_only_authorisers_decide_on_remedies(client, app, complaint_database, clock):
    complaint = await opened(client)
    pending = (await ask(client, complaint, amount="900", request_approval=True)).json()
    async with await client_of(app, complaint_database, clock, "complaints:write") as colleague:
        for decision in ("approve", "reject"):
            refused = await colleague.post(path(complaint, pending["id"], decision), json={})
            assert (refused.status_code, refused.json()["code"]) == (403, "not_an_authoriser")


async def test_a_playbook_names_further_authorisers(client, app, complaint_database, clock):
    complaint = await opened(client)
    async with await client_of(app, complaint_database, clock, "complaints:write", "scores:read") as trusted:
        await client.put("/v1/playbooks/all", json=make_playbook(authorisers={"scopes": ["scores:read"]}))
        pending = (await ask(client, complaint, amount="900", request_approval=True)).json()
        assert pending["playbook"] == "all"
        response = await trusted.post(path(complaint, pending["id"], "approve"), json={})
        assert (response.status_code, response.json()["state"]) == (200, "granted")


async def test_limits_of_a_playbook_precede_the_general_ones(client):
    permitted = [{"kind": "refund", "limit": "30"}, {"kind": "goodwill"}]
    await client.put("/v1/playbooks/all", json=make_playbook(remedies=permitted, total="120"))
    complaint = await opened(client)
    over = await ask(client, complaint, amount="30.01")
    assert (over.status_code, over.json()["limit"]) == (422, "30")
    assert (await ask(client, complaint, amount="30")).status_code == 201
    over = await ask(client, complaint, "goodwill", amount="90.5")
    assert (over.status_code, over.json()["limit"]) == (422, "120")
    not_permitted = await ask(client, complaint, "repair", amount="1")
    assert (not_permitted.status_code, not_permitted.json()["limit"]) == (422, "0")
    assert (await ask(client, complaint, "apology")).status_code == 201


async def test_another_currency_counts_with_its_rate_and_without_one_needs_approval(client, app):
    complaint = await opened(client, currency="EUR")
    unknown = await ask(client, complaint, amount="1")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "over_limit")
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"rates": {"EUR": 2}})
    assert (await ask(client, complaint, amount="250.01")).status_code == 422
    response = await ask(client, complaint, amount="250")
    assert (response.status_code, response.json()["currency"]) == (201, "EUR")


async def test_the_same_idempotency_key_grants_a_remedy_once(client, complaint_database):
    complaint = await opened(client)
    given = [
        await client.post(path(complaint), json={"kind": "refund", "amount": "5"}, headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert given[0].json() == given[1].json()
    assert given[1].headers["Idempotent-Replayed"] == "true"
    assert len(await granted(complaint_database)) == 1


async def test_concurrent_requests_never_grant_more_than_the_limit(client, complaint_database):
    """Each alone is within the limit; the lock of the complaint makes them come one after the other."""
    complaint = await opened(client)
    responses = await asyncio.gather(*(ask(client, complaint, "goodwill", amount="30") for _ in range(8)))
    assert sorted(response.status_code for response in responses) == [201] * 3 + [422] * 5
    assert len(await granted(complaint_database)) == 3


async def test_concurrent_approvals_grant_a_remedy_once(client, app, complaint_database, clock):
    complaint = await opened(client)
    pending = (await ask(client, complaint, amount="900", request_approval=True)).json()
    scopes = ("complaints:write", "settings:write")
    async with (
        await client_of(app, complaint_database, clock, *scopes) as one,
        await client_of(app, complaint_database, clock, *scopes) as other,
    ):
        approve = path(complaint, pending["id"], "approve")
        responses = await asyncio.gather(*(head.post(approve, json={}) for head in (one, other)))
    assert sorted(response.status_code for response in responses) == [200, 409]
    assert len(await granted(complaint_database)) == 1


async def test_remedies_follow_a_complaint_to_another_customer(client, complaint_database):
    complaint = await opened(client)
    remedies = [(await ask(client, complaint, kind, amount="5")).json()["id"] for kind in ("refund", "goodwill")]
    await ask(client, complaint, amount="900", request_approval=True)
    customer_id = str(uuid4())
    response = await client.patch(
        f"/v1/complaints/{complaint['id']}", json={"customer_id": customer_id}, headers={"If-Match": "*"}
    )
    assert response.status_code == 200, response.text
    first, second = (await granted(complaint_database))[:2], (await granted(complaint_database))[2:]
    assert [event.data["remedy_id"] for event in second] == remedies
    assert {event.data["customer_id"] for event in second} == {customer_id}
    assert all(new.aggversion > old.aggversion for old, new in zip(first, second, strict=True))
    assert [event.data["amount"] for event in second] == ["5.0000", "5.0000"]


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({}, "/kind"),
        ({"kind": "bribe"}, "/kind"),
        ({"kind": "refund", "amount": "-1"}, "/amount"),
        ({"kind": "refund", "amount": "1e3"}, "/amount"),
        ({"kind": "refund", "amount": "1.23456"}, "/amount"),
        ({"kind": "refund", "amount": "10000000000"}, "/amount"),
        ({"kind": "refund", "currency": "Euro"}, "/currency"),
        ({"kind": "refund", "cost": "-1"}, "/cost"),
        ({"kind": "refund", "request_approval": "yes"}, "/request_approval"),
        ({"kind": "refund", "note": "a" * 10_001}, "/note"),
        ({"kind": "refund", "state": "granted"}, "/state"),
    ],
)
async def test_an_invalid_remedy_is_refused_with_a_pointer(client, overrides, pointer):
    complaint = await opened(client)
    response = await client.post(path(complaint), json=overrides)
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]


async def test_a_remedy_belongs_to_its_complaint(client):
    complaint, other = await opened(client), await opened(client)
    remedy = (await ask(client, complaint, amount="5")).json()
    assert (await client.get(path(other, remedy["id"]))).status_code == 404
    assert (await client.post(path(other, remedy["id"], "approve"), json={})).status_code == 404
    nowhere = {"id": str(UUID(int=0))}
    assert (await ask(client, nowhere, amount="5")).status_code == 404
    assert (await client.get(path(nowhere))).status_code == 404


async def test_the_list_of_remedies_has_pages(client):
    complaint = await opened(client)
    made = [(await ask(client, complaint, amount="5")).json()["id"] for _ in range(3)]
    first = (await client.get(path(complaint), params={"limit": 2})).json()
    rest = (await client.get(path(complaint), params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == made
    assert rest["next_cursor"] is None


async def test_remedies_of_a_confidential_complaint_are_hidden_too(client, app, complaint_database, clock):
    response = await client.post("/v1/complaints", json=body(confidential=True))
    assert response.status_code == 201, response.text
    async with await client_of(app, complaint_database, clock, "complaints:read", "complaints:write") as outsider:
        assert (await outsider.get(path(response.json()))).status_code == 404
        assert (await ask(outsider, response.json(), amount="5")).status_code == 404


async def test_remedies_on_a_duplicate_count_for_the_surviving_complaint(client, complaint_database):
    complaint, duplicate = await opened(client), await opened(client)
    assert (await ask(client, duplicate, "goodwill", amount="70")).status_code == 201
    of_the_duplicate = update(Complaint).where(Complaint.id == UUID(duplicate["id"]))
    async with complaint_database.transaction() as session:
        await session.execute(of_the_duplicate.values(merged_into=UUID(complaint["id"])))
    refused = await ask(client, duplicate, "goodwill", amount="1")
    assert (refused.status_code, refused.json()["code"]) == (409, "complaint_is_merged")
    over = await ask(client, complaint, "goodwill", amount="31")
    assert (over.status_code, over.json()["given"]) == (422, "70.00")


async def test_remedies_are_published_again_when_the_customer_becomes_known(client, complaint_database):
    complaint = await opened(client, customer_id=None)
    remedy = (await ask(client, complaint, amount="5")).json()
    customer_id = str(uuid4())
    path_of_complaint = f"/v1/complaints/{complaint['id']}"
    response = await client.patch(path_of_complaint, json={"customer_id": customer_id}, headers={"If-Match": "*"})
    assert response.status_code == 200, response.text
    recipients = [(event.data["remedy_id"], event.data["customer_id"]) for event in await granted(complaint_database)]
    assert recipients == [(remedy["id"], complaint["id"]), (remedy["id"], customer_id)]
