"""A product is the same product however it is written, and is shown as it was written."""

import unicodedata
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations, normalized_columns
from heed_common.database import Database
from heed_complaint.grouping.duplicates import service as duplicates
from heed_complaint.grouping.duplicates.rules import DuplicateReason, similarity
from heed_complaint.lifecycle.opening import service as complaints
from tests.complaint.factories.complaints import CLERK, open_complaint
from tests.complaint.grouping.incidents.test_incidents import attach_matching, incident
from tests.complaint.lifecycle.acceptance.test_acceptance import DECLINE, put
from tests.complaint.test_api import opened
from tests.conftest import NOON

SPELLINGS = ("Café Kettle", unicodedata.normalize("NFD", "Café Kettle"), "cafe  kettle", "CAFÉ\u200b KETTLE")
COMPLAINT = text("""
    INSERT INTO complaint (id, fingerprint, event_id, customer_id, channel, category, severity, description,
        occurred_at, received_at, currency, state, opened_at, product)
    VALUES (:id, '', :id, :id, 'phone', 'product', 'major', '', :at, :at, 'USD', 'received', :at, :product)
""")
pytestmark = pytest.mark.asyncio


async def test_complaints_about_one_product_are_counted_together_however_it_is_written(session):
    customer = uuid4()
    cases = [
        await open_complaint(session, now=NOON, customer_id=customer, product=each, description=f"The {each} drips")
        for each in SPELLINGS
    ]
    assert [case.complaint.repeat_number for case in cases] == [1, 2, 3, 4]
    assert [case.complaint.product for case in cases] == list(SPELLINGS)
    assert [case.complaint.escalation_level for case in cases] == [0, 0, 1, 1]


async def test_a_product_that_is_corrected_is_counted_by_its_new_name(session):
    customer = uuid4()
    await open_complaint(session, now=NOON, customer_id=customer, product="Iron", description="It smokes")
    complaint = (await open_complaint(session, now=NOON, customer_id=customer, product="Kettle")).complaint
    assert complaint.repeat_number == 1
    changes = {"product": "IRON"}
    await complaints.update_complaint(
        session, complaint_id=complaint.id, changes=changes, by=CLERK, if_match=1, now=NOON
    )
    assert (complaint.product, complaint.repeat_number) == ("IRON", 2)


async def test_the_same_complaint_in_another_spelling_is_a_likely_duplicate(session):
    one, other = [
        await open_complaint(session, now=NOON, product=each, category=category, description=f"{each} drips")
        for each, category in ((SPELLINGS[0], "product"), (SPELLINGS[3], "delivery"))
    ]
    (found,) = await duplicates.find_duplicates(session, complaint_id=one.complaint.id, days=30, confidential=False)
    assert found.id == other.complaint.id
    assert {DuplicateReason.SAME_PRODUCT, DuplicateReason.SIMILAR_TEXT} <= found.reasons.keys()
    assert similarity(f"{SPELLINGS[0]} drips", f"{SPELLINGS[3]} drips") == 1


async def test_an_incident_gathers_complaints_however_they_write_the_product(session):
    for each in SPELLINGS:
        await open_complaint(session, now=NOON, product=each)
    about = await incident(session, product="Cafe kettle")
    outcomes, left = await attach_matching(session, about, product="Cafe kettle")
    assert (len(outcomes), left) == (len(SPELLINGS), 0)


async def test_a_rule_about_a_product_holds_however_it_is_written(client):
    assert (await put(client, DECLINE)).status_code == 200
    assert (await opened(client, product="OTHER  maker"))["state"] == "declined"
    assert (await opened(client, product="Another maker"))["state"] == "received"


@pytest_asyncio.fixture
async def before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_complaint", to="0015")
    database = Database(databases.url(name), pool_size=4)
    yield database
    await database.close()
    await databases.drop(name)


async def test_earlier_complaints_are_about_the_same_product_too(before, monkeypatch):
    monkeypatch.setattr(normalized_columns, "PAGE", 2)
    async with before.transaction() as session:
        for product in (*SPELLINGS, None):
            await session.execute(COMPLAINT, {"id": uuid4(), "at": NOON, "product": product})
    url = before.url.render_as_string(hide_password=False)
    await migrations.upgrade(url, "heed_complaint")
    async with before.transaction() as session:
        rows = (await session.execute(text("SELECT product, product_key FROM complaint"))).all()
    assert {row.product_key for row in rows if row.product} == {"cafe kettle"}
    assert [row.product_key for row in rows if row.product is None] == [None]
    await migrations.downgrade(url, "heed_complaint", to="0015")
