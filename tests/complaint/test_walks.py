"""Opening a complaint, and a missed deadline: few files to open, few frames to step through.

They are counted as in tests/call_path.py; `pytest -s tests/complaint/test_walks.py` prints files and deepest stack.
"""

from datetime import timedelta

import pytest

from heed_complaint.sla import service
from tests.call_path import record_calls
from tests.complaint.test_api import body

MAX_FILES_OPENING, MAX_FILES_BREACH, MAX_FRAMES = 31, 14, 6
"""Three files of an opening ask whether a message is to be sent: the reaction, its policy and the policy's query."""
pytestmark = pytest.mark.asyncio


async def test_opening_a_complaint_is_a_short_walk(client):
    await client.post("/v1/complaints", json=body())
    with record_calls("heed_complaint") as path:
        answer = await client.post("/v1/complaints", json=body())
    assert answer.status_code == 201
    print("\nPOST /v1/complaints:", path)
    assert 0 < len(path.files) <= MAX_FILES_OPENING, path
    assert 0 < len(path.deepest) <= MAX_FRAMES, path


async def test_a_policy_for_some_customers_makes_the_walk_no_deeper(client):
    when = {"field": "customer.tier", "op": "eq", "value": "A"}
    policy = await client.put("/v1/sla/policies/vip", json={"order": 1, "when": when, "targets": {}})
    assert policy.status_code == 201
    await client.post("/v1/complaints", json=body())
    with record_calls("heed_complaint") as path:
        assert (await client.post("/v1/complaints", json=body(product="Lamp"))).status_code == 201
    print("\nPOST /v1/complaints with a policy for some customers:", path)
    assert 0 < len(path.files) <= MAX_FILES_OPENING + 2, path
    assert "heed_complaint/core/customers/families.py" in path.files
    assert 0 < len(path.deepest) <= MAX_FRAMES, path


async def test_a_breach_is_a_short_walk(client, complaint_database, clock):
    assert (await client.post("/v1/complaints", json=body())).status_code == 201
    clock.advance(timedelta(days=3))
    with record_calls("heed_complaint") as path:
        async with complaint_database.transaction() as session:
            assert await service.fire_due_alerts(session, now=clock.now()) == 1
    print("\nSLA breach:", path)
    assert 0 < len(path.files) <= MAX_FILES_BREACH, path
    assert 0 < len(path.deepest) <= MAX_FRAMES, path
