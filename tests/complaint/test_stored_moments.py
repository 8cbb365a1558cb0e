"""A complaint that was stored with an impossible day can be read, handled, and hides no other."""

import re

import pytest
from sqlalchemy import text

from tests.common.sample_app import make_client
from tests.complaint.test_api import body

pytestmark = pytest.mark.asyncio

SET_OCCURRENCE = text("UPDATE complaint SET occurred_at = :moment WHERE id = CAST(:id AS uuid)")


async def stored_at(client, database, moment):
    """Return a complaint that a release without these limits accepted."""
    complaint = (await client.post("/v1/complaints", json=body())).json()
    async with database.transaction() as session:
        set_occurrence = str(SET_OCCURRENCE).replace(":moment", f"'{moment}'")
        await session.execute(text(set_occurrence), {"id": complaint["id"]})
    return complaint["id"]


@pytest.mark.parametrize("moment", ["0001-01-01 12:00Z", "0001-12-31 12:00Z", "-infinity", "infinity"])
async def test_the_desk_can_read_and_close_a_complaint_of_an_impossible_day(client, complaint_database, moment):
    bad = await stored_at(client, complaint_database, moment)
    good = (await client.post("/v1/complaints", json=body())).json()["id"]
    paths = ("/v1/complaints", "/v1/complaints?sort=-expected_value_saved", "/v1/complaints/queue?limit=200")
    lists = [await client.get(path) for path in paths]
    assert [answer.status_code for answer in lists] == [200, 200, 200]
    shown = [{item.get("complaint", item)["id"] for item in answer.json()["items"]} for answer in lists]
    assert shown == [{bad, good}] * 3
    assert (await client.get(f"/v1/complaints/{bad}")).status_code == 200
    withdrawn = await client.post(
        f"/v1/complaints/{bad}/transitions", json={"action": "withdraw", "reason": "A test of the form"}
    )
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")


async def test_a_complaint_that_cannot_be_shown_hides_no_other(client, complaint_database, caplog):
    bad, good = [(await client.post("/v1/complaints", json=body())).json()["id"] for _ in range(2)]
    async with complaint_database.transaction() as session:
        spoil = text("UPDATE complaint SET attachments = '[{}]' WHERE id = CAST(:id AS uuid)")
        await session.execute(spoil, {"id": bad})
    answer = await client.get("/v1/complaints")
    assert (answer.status_code, [item["id"] for item in answer.json()["items"]]) == (200, [good])
    assert [record.row for record in caplog.records if record.message == "row not shown in its list"] == [bad]


async def test_the_page_of_the_form_offers_only_days_that_are_accepted(app):
    async with make_client(app) as anonymous:
        page = (await anonymous.get("/v1/intake/form?category=product", headers={"Accept": "text/html"})).text
    (field,) = re.findall(r'<input[^>]*name="occurred_on"[^>]*>', page)
    assert 'min="1970-01-01"' in field
    assert 'max="2026-03-02"' in field
