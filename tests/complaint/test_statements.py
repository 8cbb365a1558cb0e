"""Opening a complaint takes few statements, with and without an acknowledgement.

`pytest -s tests/complaint/test_statements.py` prints them.
"""

from uuid import uuid4

import pytest

from tests.complaint.factories.correspondence import allow_messages, queued
from tests.complaint.test_api import body
from tests.statements import recorded_statements

WITHOUT_MESSAGES, FOR_THE_ACKNOWLEDGEMENT = 12, 12
"""Of an acknowledgement six read (clocks, contact and thread, customer, earlier messages, category, template), and six
write (message, its history, link, delivery, queue, and the timer of the progress report)."""
pytestmark = pytest.mark.asyncio


async def statements_of_an_opening(client, database):
    """Return the statements of the second of two openings: the first one fills caches."""
    assert (await client.post("/v1/complaints", json=body(customer_id=str(uuid4())))).status_code == 201
    with recorded_statements(database) as statements:
        response = await client.post("/v1/complaints", json=body(customer_id=str(uuid4())))
    assert response.status_code == 201
    print(f"\nPOST /v1/complaints: {len(statements)} statements", *(line[:160] for line in statements), sep="\n  ")
    return statements


async def test_opening_a_complaint_takes_few_statements(client, complaint_database):
    statements = await statements_of_an_opening(client, complaint_database)
    assert len(statements) == WITHOUT_MESSAGES


async def test_an_acknowledgement_adds_few_statements(client, complaint_database):
    await allow_messages(complaint_database)
    statements = await statements_of_an_opening(client, complaint_database)
    assert len(statements) == WITHOUT_MESSAGES + FOR_THE_ACKNOWLEDGEMENT
    assert len(await queued(complaint_database)) == 2
