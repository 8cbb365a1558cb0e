"""Guarantees pay automatically and once when they are broken."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from heed_complaint.sla import service as sla
from heed_complaint.sla.promises import service as promises
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.factories.remedies import make_guarantee
from tests.complaint.test_api import body, moved, opened

PROMISED_IN_AN_HOUR = (
    {"action": "accept"},
    {"action": "contact"},
    {"action": "commit", "promise": "A new one", "promised_by": "2026-03-02T13:00:00Z"},
)
SATISFIED = {"scope": "unconditional_satisfaction", "attributes": []}
pytestmark = pytest.mark.asyncio


async def promised(client, name="in_time", **overrides):
    response = await client.put(f"/v1/guarantees/{name}", json=make_guarantee(**overrides))
    assert response.status_code == 201, response.text
    return response.json()


async def fire_due_alerts(database, clock, **later):
    clock.advance(timedelta(**later))
    async with database.transaction() as session:
        await sla.fire_due_alerts(session, now=clock.now())


async def fire_due_alerts_and_die(database, clock):
    async with database.transaction() as session:
        await sla.fire_due_alerts(session, now=clock.now())
        raise RuntimeError("killed")


async def paid(database, complaint):
    """Return the events of guarantees and remedies, in order."""
    async with database.transaction() as session:
        events = await staged_events(session, UUID(complaint["id"]))
    return [event for event in events if names([event])[0] in ("guarantee.triggered", "remedy.granted")]


async def remedies(client, complaint):
    return (await client.get(f"/v1/complaints/{complaint['id']}/remedies")).json()["items"]


async def invoke(client, complaint, name, **body):
    return await client.post(f"/v1/complaints/{complaint['id']}/guarantees/{name}/invoke", json=body)


async def history(client, complaint, action):
    entries = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    return [entry for entry in entries if entry["action"] == action]


async def test_a_missed_milestone_pays_the_guarantee(client, complaint_database, clock):
    guarantee = await promised(client)
    complaint = await opened(client)
    await fire_due_alerts(complaint_database, clock, hours=47)
    assert await remedies(client, complaint) == []
    await fire_due_alerts(complaint_database, clock, hours=1, seconds=1)
    (remedy,) = await remedies(client, complaint)
    assert (remedy["state"], remedy["kind"], remedy["amount"], remedy["currency"], remedy["guarantee"]) == (
        "granted",
        "compensation",
        "25.0000",
        "USD",
        "in_time",
    )
    assert (remedy["requested_by"], remedy["decided_by"]) == (None, None)
    triggered, granted = await paid(complaint_database, complaint)
    assert names([triggered, granted]) == ["guarantee.triggered", "remedy.granted"]
    assert (triggered.data["guarantee_id"], triggered.data["scope"]) == (guarantee["id"], "single_attribute")
    assert triggered.data["remedy_id"] == granted.data["remedy_id"] == remedy["id"]
    (applied,) = (await client.get(f"/v1/complaints/{complaint['id']}/guarantees")).json()["items"]
    assert (applied["name"], applied["triggered"]["broken"]) == ("in_time", ["resolution"])
    assert len(await history(client, complaint, "guarantee")) == 1


async def test_another_milestone_pays_nothing(client, complaint_database, clock):
    await promised(client, attributes=["call_back"])
    complaint = await opened(client)
    await fire_due_alerts(complaint_database, clock, days=3)
    assert await remedies(client, complaint) == []


async def test_a_breach_that_is_withdrawn_and_happens_again_pays_once(client, complaint_database, clock):
    await promised(client)
    complaint = await opened(client, severity="critical")
    path, seen = f"/v1/complaints/{complaint['id']}", {"If-Match": "*"}
    await fire_due_alerts(complaint_database, clock, hours=24, seconds=1)
    response = await client.patch(path, json={"severity": "minor"}, headers=seen)
    assert "resolution" not in response.json()["breached"]
    (stays,) = await history(client, complaint, "guarantee_stays")
    assert stays["after"] == {"guarantee": "in_time", "withdrawn": ["resolution"]}
    (applied,) = (await client.get(f"{path}/guarantees")).json()["items"]
    assert applied["triggered"]["withdrawn_at"] is not None
    assert (await client.patch(path, json={"severity": "critical"}, headers=seen)).status_code == 200
    await fire_due_alerts(complaint_database, clock, days=20)
    assert "resolution" in (await client.get(path)).json()["breached"]
    assert len(await remedies(client, complaint)) == 1
    assert len(await paid(complaint_database, complaint)) == 2


async def test_two_workers_at_once_pay_once(client, complaint_database, clock):
    await promised(client)
    complaints = [await opened(client) for _ in range(6)]
    clock.advance(timedelta(hours=49))
    await asyncio.gather(*(fire_due_alerts(complaint_database, clock) for _ in range(4)))
    await fire_due_alerts(complaint_database, clock)
    for complaint in complaints:
        assert len(await remedies(client, complaint)) == 1
        assert names(await paid(complaint_database, complaint)) == ["guarantee.triggered", "remedy.granted"]


async def test_a_worker_that_dies_before_the_commit_neither_publishes_the_breach_nor_pays(
    client, complaint_database, clock
):
    await promised(client)
    complaint = await opened(client)
    clock.advance(timedelta(hours=49))
    with pytest.raises(RuntimeError, match="killed"):
        await fire_due_alerts_and_die(complaint_database, clock)
    assert await paid(complaint_database, complaint) == []
    await fire_due_alerts(complaint_database, clock)
    assert names(await paid(complaint_database, complaint)) == ["guarantee.triggered", "remedy.granted"]


async def test_a_complaint_that_is_late_at_its_opening_is_paid_at_once(client, complaint_database):
    await promised(client, attributes=["first_contact"])
    old = {"occurred_at": "2026-03-02T09:00:00Z", "received_at": "2026-03-02T09:00:00Z", "external_id": "late"}
    first, again = [await client.post("/v1/complaints", json=body(**old)) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 200)
    assert len(await remedies(client, first.json())) == 1
    events = await paid(complaint_database, first.json())
    assert first.headers["Heed-Event"] == again.headers["Heed-Event"] == str(events[-1].id)


async def test_a_transition_that_is_too_late_pays_in_the_same_transaction(client, complaint_database, clock):
    await promised(client, attributes=["first_contact"])
    complaint = await moved(client, await opened(client), {"action": "accept"})
    clock.advance(timedelta(hours=2))
    await moved(client, complaint, {"action": "contact"})
    assert names(await paid(complaint_database, complaint)) == ["guarantee.triggered", "remedy.granted"]


async def test_a_broken_promise_pays_a_guarantee_that_names_promises(client, complaint_database, clock):
    await promised(client, attributes=["promise"])
    complaint = await moved(client, await opened(client), *PROMISED_IN_AN_HOUR)
    clock.advance(timedelta(hours=1, minutes=1))
    await moved(client, complaint, {"action": "complete", "resolution": "Replaced"})
    (remedy,) = await remedies(client, complaint)
    assert remedy["guarantee"] == "in_time"


@pytest.mark.parametrize(("broken", "after_the_first", "after_both"), [("any", 1, 1), ("all", 0, 1)])
async def test_of_several_attributes_any_or_all_must_be_broken(
    client, complaint_database, clock, broken, after_the_first, after_both
):
    several = {"scope": "several_attributes", "attributes": ["first_contact", "resolution"], "broken": broken}
    await promised(client, **several)
    complaint = await opened(client)
    await fire_due_alerts(complaint_database, clock, hours=2)
    assert len(await remedies(client, complaint)) == after_the_first
    await fire_due_alerts(complaint_database, clock, hours=47)
    assert len(await remedies(client, complaint)) == after_both


async def test_unconditional_satisfaction_pays_once_on_the_customer_s_request(client, complaint_database):
    await promised(client, "happy", **SATISFIED)
    complaint = await opened(client)
    response = await invoke(client, complaint, "happy", note="Not what I had hoped for")
    assert response.status_code == 200, response.text
    assert response.json()["triggered"]["by"].startswith("key:")
    again = await invoke(client, complaint, "happy")
    assert (again.status_code, again.json()["code"]) == (409, "guarantee_already_triggered")
    assert names(await paid(complaint_database, complaint)) == ["guarantee.triggered", "remedy.granted"]
    (entry,) = await history(client, complaint, "guarantee")
    assert entry["note"] == "Not what I had hoped for"


async def test_a_request_without_a_body_is_enough(client):
    await promised(client, "happy", **SATISFIED)
    complaint = await opened(client)
    assert (await client.post(f"/v1/complaints/{complaint['id']}/guarantees/happy/invoke")).status_code == 200


async def test_concurrent_claims_pay_once(client, complaint_database):
    await promised(client, "happy", **SATISFIED)
    complaint = await opened(client)
    responses = await asyncio.gather(*(invoke(client, complaint, "happy") for _ in range(4)))
    assert sorted(response.status_code for response in responses) == [200, 409, 409, 409]
    assert len(await remedies(client, complaint)) == 1


async def test_a_claim_counts_for_the_surviving_complaint_and_not_for_its_duplicate(client):
    await promised(client, "happy", **SATISFIED)
    survivor, duplicate = await opened(client), await opened(client)
    merge = {"duplicate_id": duplicate["id"]}
    assert (await client.post(f"/v1/complaints/{survivor['id']}/merge", json=merge)).status_code == 200
    assert (await invoke(client, survivor, "happy")).status_code == 200
    again = await invoke(client, duplicate, "happy")
    assert (again.status_code, again.json()["code"]) == (409, "complaint_is_merged")
    assert await remedies(client, duplicate) == []


async def test_a_broken_promise_on_a_duplicate_pays_nothing(client, complaint_database, clock):
    await promised(client, attributes=["promise"])
    survivor, duplicate = await opened(client), await opened(client)
    for complaint in (survivor, duplicate):
        promise = {"what": "A new one", "promised_by": "2026-03-02T13:00:00Z", "kind": "other"}
        assert (await client.post(f"/v1/complaints/{complaint['id']}/promises", json=promise)).status_code == 201
    merge = {"duplicate_id": duplicate["id"]}
    assert (await client.post(f"/v1/complaints/{survivor['id']}/merge", json=merge)).status_code == 200
    clock.advance(timedelta(hours=2))
    async with complaint_database.transaction() as session:
        assert await promises.mark_overdue_broken(session, now=clock.now()) == 2
    assert len(await remedies(client, survivor)) == 1
    assert await remedies(client, duplicate) == []


async def test_breaches_and_requests_trigger_only_guarantees_of_their_scope(client, complaint_database, clock):
    await promised(client, "happy", **SATISFIED)
    await promised(client)
    complaint = await opened(client)
    refused = await invoke(client, complaint, "in_time")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_by_word")
    await fire_due_alerts(complaint_database, clock, days=3)
    assert [remedy["guarantee"] for remedy in await remedies(client, complaint)] == ["in_time"]


async def test_a_combined_guarantee_pays_for_either_and_for_both_once(client, complaint_database, clock):
    await promised(client, scope="combined")
    one, other = await opened(client), await opened(client)
    assert (await invoke(client, one, "in_time")).status_code == 200
    await fire_due_alerts(complaint_database, clock, days=3)
    assert len(await remedies(client, one)) == len(await remedies(client, other)) == 1
    assert (await invoke(client, other, "in_time")).status_code == 409


async def test_a_guarantee_applies_by_its_condition_and_validity(client, complaint_database, clock):
    await promised(client, "phones", when={"field": "complaint.category_level1", "op": "eq", "value": "billing"})
    await promised(client, "later", valid_from="2026-03-02T12:00:00.000001Z")
    await promised(client, "before", valid_until="2026-03-02T12:00:00Z")
    await promised(client, "until_now", valid_until="2026-03-02T12:00:01Z")
    complaint = await opened(client)
    await fire_due_alerts(complaint_database, clock, days=3)
    assert [remedy["guarantee"] for remedy in await remedies(client, complaint)] == ["until_now"]
    refused = await invoke(client, complaint, "phones")
    assert (refused.status_code, refused.json()["code"]) == (409, "guarantee_not_applicable")


@pytest.mark.parametrize(
    ("stake", "payout", "expected"),
    [
        ("80", {"share": "0.5", "amount": "10"}, ("40.0000", "USD")),
        ("0.01", {"share": "0.5", "amount": "10"}, ("0.0000", "USD")),
        ("80", {"share": "0.5", "amount": "10", "at_most": "30"}, ("30.0000", "USD")),
        ("80", {"share": "0.5", "amount": "10", "at_most": "30", "currency": "EUR"}, ("10.0000", "EUR")),
        ("80", {"share": "0.5", "amount": "10", "currency": "EUR"}, ("40.0000", "USD")),
        (None, {"share": "0.5", "amount": "10"}, ("10.0000", "USD")),
        ("80", {}, ("0.0000", "USD")),
    ],
)
async def test_a_share_is_paid_of_what_is_at_stake(client, stake, payout, expected):
    await promised(client, "happy", **SATISFIED, payout={"kind": "refund", **payout})
    complaint = await opened(client, amount_at_stake=stake)
    assert (await invoke(client, complaint, "happy")).status_code == 200
    (remedy,) = await remedies(client, complaint)
    assert (remedy["amount"], remedy["currency"]) == expected


async def test_an_internal_guarantee_is_recorded_and_pays_no_customer(client, complaint_database, clock):
    await promised(client, reach="internal", payout=None)
    complaint = await opened(client)
    await fire_due_alerts(complaint_database, clock, days=3)
    assert await remedies(client, complaint) == []
    (triggered,) = await paid(complaint_database, complaint)
    assert (names([triggered]), triggered.data["remedy_id"]) == (["guarantee.triggered"], None)


async def test_a_claim_stays_when_the_guarantee_is_deleted_and_created_again(client, complaint_database, clock):
    await promised(client, "happy", **SATISFIED)
    complaint = await opened(client)
    await invoke(client, complaint, "happy")
    assert (await client.delete("/v1/guarantees/happy", headers={"If-Match": '"1"'})).status_code == 204
    await promised(client, "happy", **SATISFIED)
    assert (await invoke(client, complaint, "happy")).status_code == 409


async def test_a_payout_counts_towards_the_limits_of_remedies(client, complaint_database):
    await promised(client, "happy", **SATISFIED, payout={"kind": "goodwill", "amount": "70"})
    complaint = await opened(client)
    await invoke(client, complaint, "happy")
    path = f"/v1/complaints/{complaint['id']}/remedies"
    over = await client.post(path, json={"kind": "goodwill", "amount": "31"})
    assert (over.status_code, over.json()["given"]) == (422, "70.00")


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"attributes": []}, "/attributes"),
        ({"attributes": ["resolution", "resolution"], "scope": "several_attributes"}, "/attributes"),
        ({"attributes": ["resolution"], "scope": "several_attributes"}, "/attributes"),
        ({"scope": "unconditional_satisfaction"}, "/attributes"),
        ({"scope": "everything"}, "/scope"),
        ({"attributes": ["delivery"]}, "/attributes/0"),
        ({"payout": None}, "/payout"),
        ({"reach": "internal"}, "/payout"),
        ({"payout": {"kind": "refund", "share": "0.5"}}, "/payout/amount"),
        ({"payout": {"kind": "refund", "share": "1.5", "amount": "1"}}, "/payout/share"),
        ({"payout": {"kind": "refund", "amount": "1", "at_most": "2"}}, "/payout/at_most"),
        ({"payout": {"kind": "bribe"}}, "/payout/kind"),
        ({"valid_until": "2025-12-31T00:00:00Z"}, "/valid_until"),
        ({"when": {"field": "case.anything", "op": "eq", "value": 1}}, "/when/field"),
        ({"promise": {"en": "Only English"}}, "/promise/zh"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_an_invalid_guarantee_is_refused_with_a_pointer(client, overrides, pointer):
    response = await client.put("/v1/guarantees/mine", json=make_guarantee(**overrides))
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_a_stale_revision_cannot_overwrite_a_guarantee(client):
    path, given = "/v1/guarantees/mine", make_guarantee()
    assert (await client.put(path, json=given)).headers["ETag"] == '"1"'
    assert (await client.put(path, json=given)).status_code == 428
    assert (await client.put(path, json=given, headers={"If-Match": '"9"'})).status_code == 412
    changed = await client.put(path, json=make_guarantee(published_at=[]), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (await client.get(path)).json() == changed.json()
    await promised(client, "other")
    first = (await client.get("/v1/guarantees", params={"limit": 1})).json()
    rest = (await client.get("/v1/guarantees", params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [item["name"] for item in first["items"] + rest["items"]] == ["mine", "other"]
    assert (await client.delete(path)).status_code == 428
    assert (await client.delete("/v1/guarantees/nowhere", headers={"If-Match": "*"})).status_code == 404


async def test_versions_of_a_guarantee_and_their_authors_stay(client):
    await promised(client)
    later = make_guarantee(valid_until="2026-12-31T00:00:00Z")
    await client.put("/v1/guarantees/in_time", json=later, headers={"If-Match": '"1"'})
    await client.delete("/v1/guarantees/in_time", headers={"If-Match": '"2"'})
    versions = (await client.get("/v1/guarantees/in_time/history")).json()["items"]
    until = [version["content"] and version["content"]["valid_until"] for version in versions]
    assert until == [None, "2026-12-31T00:00:00Z", None]
    assert versions[2]["content"] is None
