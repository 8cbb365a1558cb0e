"""Messages that complainants get, from the opening to the decision."""

from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio

from heed_common.contracts.message import MessageOutcome
from tests.complaint.factories.complaints import staged_events
from tests.complaint.factories.correspondence import (
    PUBLIC_URL,
    allow_messages,
    queued,
    report_failed,
    report_sent,
    set_message_policy,
)
from tests.complaint.test_api import moved, opened

pytestmark = pytest.mark.asyncio

ACCEPT, COMPLETE = {"action": "accept"}, {"action": "complete", "resolution": "We have sent you a new one."}
MINUTES = timedelta(minutes=1)


@pytest_asyncio.fixture(autouse=True)
async def _messages_allowed(complaint_database):
    await allow_messages(complaint_database)


def clock_of(complaint, milestone):
    """Return the present clock of the milestone."""
    return next((clock for clock in reversed(complaint["sla"]) if clock["milestone"] == milestone), None)


async def shown(client, complaint):
    return (await client.get(f"/v1/complaints/{complaint['id']}")).json()


async def messages_of(client, complaint):
    return (await client.get(f"/v1/complaints/{complaint['id']}/messages")).json()["items"]


async def test_a_complaint_is_acknowledged_with_the_deadlines_ahead(client, complaint_database):
    customer_id = str(uuid4())
    complaint = await opened(client, customer_id=customer_id)
    (message,) = await queued(complaint_database)
    assert (message["template"], str(message["customer_id"])) == ("complaint.acknowledgement", customer_id)
    assert str(message["about_id"]) == complaint["id"]
    assert message["params"]["contact_by"] == "2 March 2026, 21:00"
    assert message["params"]["link"].startswith(f"{PUBLIC_URL}/c/")
    (stored,) = await messages_of(client, complaint)
    assert (stored["by"], stored["author"], stored["id"]) == ("policy:acknowledgement", "desk", str(message["id"]))
    assert stored["delivery"] == {
        "state": "queued",
        "reason": None,
        "kind": "acknowledgement",
        "template": "complaint.acknowledgement",
        "channel": "mail",
        "changed_at": "2026-03-02T12:00:00.000000Z",
    }
    assert "2 March 2026, 21:00" in stored["text"]
    assert "/c/" not in stored["text"]


async def test_the_link_in_the_message_shows_the_status(client, anonymous, complaint_database):
    await opened(client)
    (message,) = await queued(complaint_database)
    path = message["params"]["link"].removeprefix(PUBLIC_URL)
    page = await anonymous.get(path, headers={"Accept": "application/json"})
    assert (page.status_code, page.json()["state"]) == (200, "received")


async def test_the_acknowledgement_is_a_milestone_that_the_sent_message_meets(client, complaint_database, clock):
    complaint = await opened(client)
    assert clock_of(complaint, "acknowledgement")["due_at"] == "2026-03-02T12:15:00.000000Z"
    (message,) = await queued(complaint_database)
    clock.advance(MINUTES)
    await report_sent(complaint_database, message["id"], now=clock.now())
    assert clock_of(await shown(client, complaint), "acknowledgement")["state"] == "met"
    assert (await messages_of(client, complaint))[0]["delivery"]["state"] == "sent"
    explained = (await client.get(f"/v1/complaints/{complaint['id']}/sla")).json()["items"][0]
    assert (explained["milestone"], explained["target_seconds"]) == ("acknowledgement", 900)
    assert explained["reached_at"] == "2026-03-02T12:01:00.000000Z"


async def test_a_late_acknowledgement_is_published_and_counted(client, complaint_database, clock):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    clock.advance(16 * MINUTES)
    await report_sent(complaint_database, message["id"], now=clock.now())
    assert clock_of(await shown(client, complaint), "acknowledgement")["state"] == "missed"
    async with complaint_database.transaction() as session:
        breaches = [event.data["milestone"] for event in await staged_events(session) if "sla.breached" in event.type]
    assert breaches == ["acknowledgement"]
    report = (await client.get("/v1/complaints/reports/sla-attainment", params={"milestone": "acknowledgement"})).json()
    assert [(item["milestone"], item["missed"]) for item in report["items"]] == [("acknowledgement", 1)]


async def test_a_customer_without_an_address_has_no_acknowledgement_to_wait_for(client, complaint_database, clock):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    await report_failed(complaint_database, message["id"], now=clock.now(), outcome=MessageOutcome.SUPPRESSED)
    after = await shown(client, complaint)
    assert [clock_of(after, name)["state"] for name in ("acknowledgement", "progress")] == ["cancelled"] * 2
    delivery = (await messages_of(client, complaint))[0]["delivery"]
    assert (delivery["state"], delivery["reason"]) == ("suppressed", "no_contact")
    history = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"]
    assert history[-1]["action"] == "message_failed"


async def test_a_transport_that_fails_leaves_the_acknowledgement_due(client, complaint_database, clock):
    complaint = await opened(client)
    (message,) = await queued(complaint_database)
    await report_failed(
        complaint_database, message["id"], now=clock.now(), outcome=MessageOutcome.FAILED, reason="expired"
    )
    assert clock_of(await shown(client, complaint), "acknowledgement")["state"] == "running"


async def test_the_decision_is_announced_with_its_reason_and_remedies(client, complaint_database):
    complaint = await moved(client, await opened(client), ACCEPT)
    remedy = {"kind": "refund", "amount": "25.00", "currency": "USD"}
    assert (await client.post(f"/v1/complaints/{complaint['id']}/remedies", json=remedy)).status_code == 201
    await moved(client, complaint, COMPLETE)
    sent = {message["template"]: message["params"] for message in await queued(complaint_database)}
    assert sent["complaint.remedy"]["remedies"] == ["Refund: 25.00 USD"]
    decision = sent["complaint.decision"]
    assert (decision["outcome"], decision["reason"]) == ("completed", "We have sent you a new one.")
    assert decision["remedies"] == ["Refund: 25.00 USD"]


@pytest.mark.parametrize(("action", "outcome"), [("decline", "declined"), ("refer", "referred")])
async def test_a_refusal_is_announced_with_its_reason_and_the_recourse(client, complaint_database, action, outcome):
    await set_message_policy(client, recourse={"en": "The ombudsman", "zh": "12315"})
    complaint = await moved(client, await opened(client), {"action": action, "reason": "The maker is liable."})
    message = (await queued(complaint_database))[-1]["params"]
    assert (message["outcome"], message["reason"]) == (outcome, "The maker is liable.")
    assert message["recourse"] == "The ombudsman"
    text = (await messages_of(client, complaint))[-1]["text"]
    assert "The maker is liable." in text
    assert "The ombudsman" in text


async def test_each_completion_is_announced_once(client, complaint_database):
    again = {"action": "reopen", "reason": "It broke again"}
    complaint = await moved(client, await opened(client), ACCEPT, COMPLETE, again)
    decisions = [message for message in await queued(complaint_database) if message["template"].endswith("decision")]
    assert len(decisions) == 1
    assert clock_of(await shown(client, complaint), "progress")["state"] == "running"


async def test_a_message_of_an_agent_is_sent(client, complaint_database):
    complaint = await opened(client)
    path = f"/v1/complaints/{complaint['id']}/messages"
    written = (await client.post(path, json={"visibility": "customer", "text": "We are looking into it"})).json()
    assert (written["delivery"]["state"], written["delivery"]["kind"]) == ("queued", "reply")
    message = (await queued(complaint_database))[-1]
    assert (str(message["id"]), message["params"]["text"]) == (written["id"], "We are looking into it")
    note = (await client.post(path, json={"visibility": "internal", "text": "Rang twice"})).json()
    assert note["delivery"] is None


async def test_a_confidential_complaint_gets_neutral_messages(client, complaint_database):
    complaint = await opened(client, confidential=True, description="A secret matter")
    path = f"/v1/complaints/{complaint['id']}/messages"
    await client.post(path, json={"visibility": "customer", "text": "About the secret matter"})
    await moved(client, complaint, {"action": "decline", "reason": "The secret reason"})
    messages = await messages_of(client, complaint)
    automatic = [message["text"] for message in messages if message["by"].startswith("policy:")]
    assert len(automatic) == 2
    assert not any("secret" in text or "Product" in text for text in automatic)
    reply = next(m for m in await queued(complaint_database) if m["template"] == "complaint.reply")
    assert (reply["params"]["text"], reply["params"]["category"]) == (None, None)


@pytest.mark.parametrize("fields", [{"regulator": True}, {"kind": "unvoiced_grievance"}])
async def test_regulators_and_grievances_that_were_never_reported_get_no_messages(client, complaint_database, fields):
    complaint = await opened(client, **fields)
    await client.post(f"/v1/complaints/{complaint['id']}/messages", json={"visibility": "customer", "text": "Hello"})
    assert await queued(complaint_database) == []
    assert clock_of(complaint, "acknowledgement") is None


async def test_a_grievance_that_is_reported_later_is_acknowledged(client, complaint_database):
    complaint = await opened(client, kind="unvoiced_grievance")
    await client.patch(f"/v1/complaints/{complaint['id']}", json={"kind": "complaint"}, headers={"If-Match": '"1"'})
    assert [message["template"] for message in await queued(complaint_database)] == ["complaint.acknowledgement"]
    assert clock_of(await shown(client, complaint), "acknowledgement")["state"] == "running"


async def test_a_complaint_that_a_rule_declines_at_once_gets_the_decision_only(client, complaint_database):
    rule = {"name": "not_ours", "outcome": "decline", "reason": "Not ours"}
    rule["when"] = {"field": "complaint.category_level1", "op": "eq", "value": "other"}
    tag = (await client.get("/v1/intake/rules")).headers["etag"]
    put = await client.put("/v1/intake/rules", json={"rules": [rule]}, headers={"If-Match": tag})
    assert put.status_code == 200, put.text
    complaint = await opened(client, category="other")
    assert [message["template"] for message in await queued(complaint_database)] == ["complaint.decision"]
    assert clock_of(await shown(client, complaint), "acknowledgement")["state"] == "cancelled"


async def test_a_kind_that_is_switched_off_is_not_sent_and_has_no_milestone(client, complaint_database):
    await set_message_policy(client, acknowledgement={"enabled": False}, decision={"enabled": False})
    complaint = await opened(client)
    assert clock_of(complaint, "acknowledgement") is None
    assert clock_of(complaint, "progress")["state"] == "running"
    await moved(client, complaint, ACCEPT, COMPLETE)
    assert await queued(complaint_database) == []


async def test_without_the_customer_service_only_senders_of_mails_are_reached(client, complaint_database, send_mail):
    await allow_messages(complaint_database, reaches_customers=False)
    complaint = await opened(client)
    assert clock_of(complaint, "acknowledgement") is None
    assert await queued(complaint_database) == []
    await send_mail()
    assert len(await queued(complaint_database)) == 1


async def test_the_complaint_of_another_system_from_last_month_is_not_acknowledged(client, complaint_database):
    complaint = await opened(client, occurred_at="2026-01-20T12:00:00Z", received_at="2026-02-01T12:00:00Z")
    assert clock_of(complaint, "acknowledgement") is None
    assert await queued(complaint_database) == []


async def test_a_part_of_a_complaint_is_not_acknowledged_again(client, complaint_database):
    complaint = await opened(client)
    part = {"category": "service", "description": "And nobody answered"}
    response = await client.post(f"/v1/complaints/{complaint['id']}/split", json=part)
    assert response.status_code == 201, response.text
    assert len(await queued(complaint_database)) == 1


async def test_closing_is_announced_where_the_operator_wants_it(client, complaint_database):
    await set_message_policy(client, closed={"enabled": True})
    await moved(client, await opened(client), ACCEPT, COMPLETE, {"action": "close"})
    closing = (await queued(complaint_database))[-1]
    assert (closing["template"], closing["params"]["reopen_days"]) == ("complaint.closed", 30)
