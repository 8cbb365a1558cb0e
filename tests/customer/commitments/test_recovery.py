"""After a restore, promises come back from their events, as far as events carry them."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.decoding import decode
from heed_common.recovery import Published, RecoveryOutcome
from heed_customer import recovery
from tests.conftest import NOON
from tests.customer.commitments.test_promises import promise
from tests.customer.factories import register, staged

pytestmark = pytest.mark.asyncio


async def test_promises_and_their_outcomes_are_recovered_without_texts(client, customer_database):
    customer_id = await register(client)
    recorded = await promise(client, customer_id)
    path = f"/v1/customers/{customer_id}/promises/{recorded['id']}"
    await client.post(f"{path}/settle", json={"kept": True})
    envelopes = await staged(customer_database, "heed.promise")
    records = [Record("heed.customer", 0, 0, None, one.model_dump_json().encode()) for one in envelopes]
    events = [replace(decode(record), aggversion=number) for number, record in enumerate(records, 1)]
    async with customer_database.transaction() as session:
        await session.execute(text("DELETE FROM promise"))
        for _ in range(2):  # A recovery that is repeated finds nothing more to do.
            findings = await recovery.recover(session, Published(events, epoch=0, currency="USD"), NOON)
            assert {finding.outcome for finding in findings} <= {RecoveryOutcome.RECOVERED}
    read = (await client.get(path)).json()
    assert (read["state"], read["due_at"], read["settled_at"]) == ("kept", recorded["due_at"], recorded["recorded_at"])
    assert read["description"] == recovery.TEXT_PLACEHOLDER
