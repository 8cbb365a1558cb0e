"""Acceptance rules decide on new complaints."""

import pytest

from heed_common.auth.scopes import SCOPES
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.complaints import names, staged_events
from tests.complaint.test_api import body, opened
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio

RULES = "/v1/intake/rules"
BILLING = {"field": "complaint.category_level1", "op": "eq", "value": "billing"}
PRAISE = {"field": "complaint.kind", "op": "eq", "value": "praise"}
DECLINE = {
    "name": "not_ours",
    "when": {"field": "complaint.product", "op": "eq", "value": "Other maker"},
    "outcome": "decline",
    "reason": "Not made by us",
    "tell": {"en": "Please ask its maker.", "zh": "请联系生产厂家。"},
}
REFER = {"name": "bills", "when": BILLING, "outcome": "refer", "reason": "Bills are theirs", "to": "Accounting"}
ACCEPT = {"name": "all_else", "when": {"all": []}, "outcome": "accept"}
BAD_RULES = [
    (ACCEPT | {"when": {"field": "complaint.colour", "op": "eq", "value": "x"}}, "/rules/0/when/field"),
    (ACCEPT | {"when": {"any": [{"not": {"field": "complaint.nth", "op": "eq", "value": "x"}}]}}, "/rules/0/when/any"),
    (ACCEPT | {"when": []}, "/rules/0/when"),
    (ACCEPT | {"outcome": "close"}, "/rules/0/outcome"),
    (ACCEPT | {"name": "Not A Code"}, "/rules/0/name"),
    (ACCEPT | {"to": "Somebody"}, "/rules/0"),
    ({name: value for name, value in DECLINE.items() if name != "reason"}, "/rules/0"),
    ({name: value for name, value in REFER.items() if name != "to"}, "/rules/0"),
    (DECLINE | {"tell": {"en": "Only English"}}, "/rules/0/tell/zh"),
]


async def put(client, *rules, tag='"1"', **params):
    return await client.put(RULES, json={"rules": list(rules)}, params=params, headers={"If-Match": tag})


async def history(client, complaint):
    return (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]


async def test_by_default_nothing_is_accepted_automatically(client):
    assert (await client.get(RULES)).json()["rules"] == []
    complaint = await opened(client)
    assert complaint["state"] == "received"
    assert [entry["action"] for entry in await history(client, complaint)] == ["open"]


async def test_the_first_matching_rule_decides_by_a_transition_with_its_event(client, complaint_database):
    assert (await put(client, DECLINE, REFER, ACCEPT)).status_code == 200
    declined = await opened(client, category="billing", product="Other maker")
    referred = await opened(client, category="billing.refund")
    accepted = await opened(client)
    assert [each["state"] for each in (declined, referred, accepted)] == ["declined", "referred", "accepted"]
    entry = next(entry for entry in await history(client, declined) if entry["action"] == "decline")
    assert (entry["by"], entry["reason"]) == ("rule:not_ours", "Not made by us")
    entry = next(entry for entry in await history(client, referred) if entry["action"] == "refer")
    assert entry["reason"] == "Accounting: Bills are theirs"
    async with complaint_database.transaction() as session:
        events = await staged_events(session)
    kinds = names(events)
    assert [kind for kind in kinds if kind.startswith("complaint.")][:4] == [
        *("complaint.opened", "complaint.declined", "complaint.opened", "complaint.referred"),
    ]
    assert not any("Accounting" in event.model_dump_json() for event in events)


async def test_the_customer_text_of_a_rule_becomes_a_message(client):
    await put(client, DECLINE)
    complaint = await opened(client, product="Other maker")
    (message,) = (await client.get(f"/v1/complaints/{complaint['id']}/messages")).json()["items"]
    assert (message["visibility"], message["by"]) == ("customer", "rule:not_ours")
    assert message["text"] == "Please ask its maker.\n\n请联系生产厂家。"


async def test_unvoiced_grievances_are_left_alone(client):
    await put(client, ACCEPT)
    assert (await opened(client, kind="unvoiced_grievance"))["state"] == "received"


async def test_a_repeated_opening_names_the_last_event_of_the_first(client):
    await put(client, ACCEPT)
    first = await client.post("/v1/complaints", json=body(external_id="x-1"))
    again = await client.post("/v1/complaints", json=body(external_id="x-1"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.headers["heed-event"] == again.headers["heed-event"]
    assert first.json()["state"] == again.json()["state"] == "accepted"


async def test_a_rule_may_ask_whether_the_customer_is_known(client):
    unknown = {"field": "customer.known", "op": "eq", "value": False}
    await put(client, DECLINE | {"when": unknown})
    assert (await opened(client, customer_id=None))["state"] == "declined"
    assert (await opened(client))["state"] == "received"


async def test_rules_are_returned_as_they_were_put_and_changed_with_if_match(client):
    written = await put(client, DECLINE, REFER, ACCEPT)
    read = await client.get(RULES)
    assert read.json() == written.json()
    assert [rule["name"] for rule in read.json()["rules"]] == ["not_ours", "bills", "all_else"]
    assert revision_of(read) == revision_of(written) == 2
    assert (await client.put(RULES, json={"rules": []})).status_code == 428
    assert (await put(client, tag='"1"')).status_code == 412
    assert (await put(client, tag='"2"')).json()["rules"] == []
    assert (await opened(client))["state"] == "received"


@pytest.mark.parametrize(("rule", "pointer"), BAD_RULES)
async def test_an_invalid_rule_is_refused_with_a_pointer(client, rule, pointer):
    answer = await put(client, rule)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"].startswith(pointer)
    assert (await client.get(RULES)).json()["rules"] == []


async def test_two_rules_with_the_same_name_are_refused(client):
    answer = await put(client, ACCEPT, ACCEPT)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/rules/1/name")


async def test_a_dry_run_evaluates_undecided_complaints(app, client, complaint_database, clock):
    bill = await opened(client, category="billing")
    secret = await opened(client, category="billing", confidential=True)
    await opened(client)
    tried = await put(client, REFER, dry_run="true")
    assert tried.status_code == 200
    assert tried.json()["looked_at"] == 3
    assert {verdict["complaint_id"] for verdict in tried.json()["decided"]} == {bill["id"], secret["id"]}
    assert tried.json()["decided"][0] | {"complaint_id": None} == {
        "complaint_id": None,
        "rule": "bills",
        "outcome": "refer",
    }
    assert (await client.get(RULES)).json()["rules"] == []
    scopes = SCOPES - {"complaints:confidential:read"}
    token = await make_token(complaint_database, now=clock.now(), scopes=scopes)
    async with make_client(app, token) as operator:
        shown = await put(operator, REFER, dry_run="true")
    assert [verdict["complaint_id"] for verdict in shown.json()["decided"]] == [bill["id"]]


async def test_putting_rules_requires_the_settings_scope(app, complaint_database, clock):
    token = await make_token(complaint_database, now=clock.now(), scopes=SCOPES - {"settings:write"})
    async with make_client(app, token) as clerk:
        assert (await put(clerk, ACCEPT)).status_code == 403
        assert (await clerk.get(RULES)).status_code == 200
    async with make_client(app) as anonymous:
        assert (await anonymous.get(RULES)).status_code == 401
