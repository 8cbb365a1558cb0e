"""What is stored at the edges of dates, amounts and texts is shown by every list and detail."""

from uuid import uuid4

import pytest

from heed_common.contracts.survey import DetractorFound
from tests.common.sample_app import make_client
from tests.complaint.factories.events import NOON, make_registration, take_in
from tests.complaint.factories.remedies import make_guarantee, make_playbook
from tests.complaint.factories.terms import make_agreement, make_calendar, make_policy
from tests.complaint.reporting.test_corrective_actions import make_correction
from tests.complaint.test_api import body, moved, opened
from tests.edge_values import MOMENTS_OF_EVENTS, read_everything, rows_not_shown, store_edges

pytestmark = pytest.mark.asyncio

COMPLAINT = body(
    external_id="edge",
    received_at="2026-03-02T11:30:00Z",
    dispatch_received_at="2026-03-02T11:45:00Z",
    amount_at_stake="12.50",
    currency="USD",
    product="kettle",
    service_point_id="shop 1",
    attachments=[{"name": "a", "uri": "x:a", "media_type": "text/plain"}],
)
FORM = {
    "category": "product", "description": "It leaks", "occurred_on": "2026-03-01", "product": "kettle", "name": "Ana",
    "contact": "ana@example.com",
}  # fmt: skip
COMMIT = {"action": "commit", "promise": "By Friday", "promised_by": "2026-03-06T12:00:00Z"}
PAUSE = {"since": "2026-03-02T11:40:00Z", "until": "2026-03-02T11:50:00Z", "reason": "Waiting for the part"}
PROMISE = {"what": "A new one", "kind": "quality", "promised_by": "2026-03-09T12:00:00Z"}
AGENT = {"max_load": 3, "absences": [{"since": "2026-03-09T12:00:00Z", "until": "2026-03-10T12:00:00Z"}]}


async def test_complaints_of_every_entry_are_shown(app, client):
    stored = await store_edges(client, "POST", "/v1/complaints", COMPLAINT)
    assert stored
    async with make_client(app) as anonymous:
        assert await store_edges(anonymous, "POST", "/v1/intake/form", FORM)
    shown = (await client.get("/v1/complaints", params={"limit": 200})).json()["items"]
    assert len(shown) > len(stored)
    for complaint in shown:
        assert (await client.get(f"/v1/complaints/{complaint['id']}/sla")).status_code == 200
    assert await read_everything(app, client, {"complaint_id": [shown[0]["id"]]}) > 40
    assert rows_not_shown(app) == []


async def test_what_is_done_about_a_complaint_is_shown(app, client):
    complaint = await opened(client, received_at="2026-03-02T11:30:00Z")
    path = f"/v1/complaints/{complaint['id']}"
    await moved(client, complaint, {"action": "accept"}, {"action": "contact", "answered_live": True})
    remedy = {"kind": "refund", "amount": "12.50", "cost": "3", "note": "Sorry", "request_approval": True}
    stored = [
        await store_edges(client, "POST", f"{path}/remedies", remedy),
        await store_edges(client, "POST", f"{path}/pauses", PAUSE),
        await store_edges(client, "POST", f"{path}/transitions", COMMIT),
        await store_edges(client, "POST", f"{path}/promises", PROMISE),
        await store_edges(client, "POST", "/v1/complaints/corrections", make_correction()),
        await store_edges(client, "PUT", "/v1/complaints/agents/ann", AGENT),
    ]  # fmt: skip
    assert [len(answers) > 0 for answers in stored] == [True] * len(stored)
    corrections = [correction["id"] for correction in stored[4]]
    ids = {"complaint_id": [complaint["id"]], "correction_id": corrections, "agent_id": ["ann"]}
    below = ("/v1/complaints/{complaint_id}", "/v1/complaints/corrections", "/v1/complaints/agents")
    assert await read_everything(app, client, ids, below=below) > len(corrections)
    assert rows_not_shown(app) == []


async def test_settings_of_operators_are_shown(app, client):
    calendar = make_calendar(holidays={"off": ["2026-12-24"], "working": ["2026-12-27"]})
    calendar["hours"] = {"mon": [["09:00", "18:00"]]}
    moment = {"field": "complaint.received_at", "op": "ge", "value": "2026-01-01T00:00:00Z"}
    playbook = make_playbook(remedies=[{"kind": "refund", "limit": "5"}])
    stored = [
        await store_edges(client, "PUT", "/v1/guarantees/quick", make_guarantee(valid_until="2027-01-01T00:00:00Z")),
        await store_edges(client, "PUT", "/v1/playbooks/edge", playbook),
        await store_edges(client, "PUT", "/v1/playbooks/limits", {"total": "500"}),
        await store_edges(client, "PUT", "/v1/sla/calendars/edge", calendar),
        await store_edges(client, "PUT", "/v1/sla/policies/edge", make_policy() | {"when": moment}),
        await store_edges(client, "POST", "/v1/agreements", make_agreement(now=NOON)),
    ]  # fmt: skip
    assert [len(answers) > 0 for answers in stored] == [True] * len(stored)
    ids = {"name": ["quick", "edge", "limits"], "agreement_id": [agreement["id"] for agreement in stored[5]]}
    below = ("/v1/guarantees", "/v1/playbooks", "/v1/sla", "/v1/agreements")
    assert await read_everything(app, client, ids, below=below) > len(stored[5])
    assert rows_not_shown(app) == []


async def test_edge_values_of_events_are_shown(app, client, complaint_database):
    async with complaint_database.transaction() as session:
        for moment in MOMENTS_OF_EVENTS:
            customer_id = uuid4()
            detractor = {"customer_id": customer_id, "survey_id": uuid4(), "survey_version": 1, "response_id": uuid4()}
            await take_in(
                session,
                make_registration(customer_id, occurred_at=moment),
                DetractorFound(**detractor, occurred_at=moment, score=0, lowest=0, highest=10),
            )
    shown = (await client.get("/v1/complaints")).json()["items"]
    assert len(shown) == len(MOMENTS_OF_EVENTS)
    assert (await client.get("/v1/complaints/queue")).status_code == 200
    for complaint in shown:
        assert (await client.get(f"/v1/complaints/{complaint['id']}/sla")).status_code == 200
    assert rows_not_shown(app) == []
