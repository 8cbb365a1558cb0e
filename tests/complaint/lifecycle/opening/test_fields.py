"""Other fields of a complaint: its kind, the unit concerned, and references to its attachments."""

import pytest

from tests.complaint.factories.complaints import staged_events
from tests.complaint.test_api import CUSTOMER, body, opened

pytestmark = pytest.mark.asyncio

PHOTO = {"name": "scratch.jpg", "uri": "https://files.example/1?x=2#3", "media_type": "image/jpeg"}
STORED_ELSEWHERE = {"name": "letter", "uri": "archive/2026/000117", "media_type": "application/octet-stream"}
DANGEROUS = (
    *("javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example/x"),
    *("http://", "https:///path", "https://user:secret@host/x", "http://[::1", "https://host:99999/x"),
    *("a b", "a\tb", "a\u00e9", 'a"b', "<a>", "", "x" * 2001),
)


async def patched(client, complaint, **changes):
    path = f"/v1/complaints/{complaint['id']}"
    tag = (await client.get(path)).headers["etag"]
    return await client.patch(path, json=changes, headers={"If-Match": tag})


async def test_defaults_are_in_the_response(client):
    complaint = await opened(client)
    assert (complaint["kind"], complaint["quality_side"], complaint["responsible_unit"]) == ("complaint", None, None)
    assert (complaint["confidential"], complaint["regulator"], complaint["attachments"]) == (False, False, [])


async def test_every_field_of_a_complaint_is_stored(client):
    fields = {
        "kind": "service_request",
        "quality_side": "functional",
        "responsible_unit": "Billing, second floor",
        "confidential": True,
        "regulator": True,
        "attachments": [PHOTO, {"name": "letter", "uri": "archive/2026/000117"}],
    }
    complaint = await opened(client, **fields)
    read = (await client.get(f"/v1/complaints/{complaint['id']}")).json()
    assert {name: read[name] for name in fields} == fields | {"attachments": [PHOTO, STORED_ELSEWHERE]}


async def test_what_was_recorded_wrongly_is_corrected_with_before_and_after_in_the_history(client):
    complaint = await opened(client, quality_side="technical")
    answer = await patched(client, complaint, quality_side=None, regulator=True, attachments=[PHOTO], kind="enquiry")
    assert answer.status_code == 200, answer.text
    corrected = answer.json()
    assert (corrected["quality_side"], corrected["regulator"], corrected["kind"]) == (None, True, "enquiry")
    entry = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"][-1]
    assert entry["before"] == {"quality_side": "technical", "regulator": False, "attachments": [], "kind": "complaint"}
    assert entry["after"]["attachments"] == [PHOTO]


@pytest.mark.parametrize("name", ["kind", "confidential", "regulator", "attachments"])
async def test_what_every_complaint_has_cannot_be_emptied(client, name):
    answer = await patched(client, await opened(client), **{name: None})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/{name}"


async def test_a_correction_to_an_unknown_quality_side_is_refused(client):
    answer = await patched(client, await opened(client), quality_side="sideways")
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_quality_side")


@pytest.mark.parametrize("uri", DANGEROUS)
async def test_a_reference_that_a_browser_might_run_or_misread_is_refused(client, uri):
    answer = await client.post("/v1/complaints", json=body(attachments=[{"name": "x", "uri": uri}]))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/attachments/0/uri"
    assert not uri or uri not in answer.text


async def test_a_complaint_of_an_unknown_customer_is_filed_under_them_later(client, complaint_database):
    complaint = await opened(client, customer_id=None)
    assert complaint["customer_id"] is None
    assert (await client.get("/v1/complaints")).json()["items"][0]["customer_id"] is None
    filed = (await patched(client, complaint, customer_id=CUSTOMER)).json()
    assert filed["customer_id"] == CUSTOMER
    async with complaint_database.transaction() as session:
        first, second = await staged_events(session)
    assert (first.data["customer_id"], first.data["former_customer_ids"]) == (complaint["id"], [])
    assert (second.data["customer_id"], second.data["former_customer_ids"]) == (CUSTOMER, [complaint["id"]])
    assert first.partitionkey == second.partitionkey == complaint["id"]
    entry = (await client.get(f"/v1/complaints/{complaint['id']}/history")).json()["items"][-1]
    assert (entry["before"], entry["after"]) == ({"customer_id": None}, {"customer_id": CUSTOMER})


async def test_a_complaint_is_never_filed_under_itself(client):
    complaint = await opened(client)
    answer = await patched(client, complaint, customer_id=complaint["id"])
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_customer")


async def test_a_repeated_request_that_names_a_default_is_the_same_request(client):
    first = await opened(client, external_id="t-1")
    again = await client.post("/v1/complaints", json=body(external_id="t-1", kind="complaint", attachments=[]))
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    other = await client.post("/v1/complaints", json=body(external_id="t-1", attachments=[PHOTO]))
    assert (other.status_code, other.json()["code"]) == (409, "external_id_conflict")


async def test_a_description_of_ten_megabytes_is_refused(client):
    answer = await client.post("/v1/complaints", json=body(description="a" * 10_485_760))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
