"""After a restore, decisions of customers count again; their evidence is in no event."""

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.decoding import decode
from heed_common.recovery import Published, RecoveryOutcome
from heed_customer import recovery
from tests.conftest import NOON
from tests.customer.factories import put_consent, register, staged

pytestmark = pytest.mark.asyncio


async def test_a_withdrawal_after_the_backup_counts_again_after_the_restore(client, customer_database):
    customer_id = await register(client)
    await put_consent(client, customer_id, "marketing", "mail")
    await put_consent(client, customer_id, "marketing", "mail", granted=False)
    envelopes = await staged(customer_database, "heed.consent.changed")
    events = [decode(Record("heed.customer", 0, 0, None, each.model_dump_json().encode())) for each in envelopes]
    async with customer_database.transaction() as session:
        await session.execute(text("DELETE FROM consent_decision WHERE NOT granted"))
        await session.execute(text("UPDATE customer SET version = 2"))
    for expected in ([RecoveryOutcome.RECOVERED], []):
        async with customer_database.transaction() as session:
            found = await recovery.recover(session, Published(events, epoch=0, currency="USD"), NOON)
        assert [finding.outcome for finding in found] == expected
    consents = (await client.get(f"/v1/customers/{customer_id}/consents")).json()["items"]
    (mail,) = [item for item in consents if (item["purpose"], item["channel"]) == ("marketing", "mail")]
    assert (mail["status"], mail["source"]) == ("refused", None)
    await put_consent(client, customer_id, "marketing", "mail")
    assert (await staged(customer_database))[-1].aggversion == 4
