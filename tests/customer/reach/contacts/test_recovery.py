"""After a restore, states and deletions of contacts come back, and lost values are reported."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from heed_common.broker.protocols import Record
from heed_common.decoding import decode
from heed_common.recovery import Published, RecoveryOutcome
from heed_customer import recovery
from tests.conftest import NOON
from tests.customer.factories import register, staged
from tests.customer.reach.contacts.test_contacts import create

pytestmark = pytest.mark.asyncio


async def recover(database, events):
    async with database.transaction() as session:
        found = await recovery.recover(session, Published(events, epoch=0, currency="USD"), NOON)
    return [(finding.kind, str(finding.id), finding.outcome) for finding in found]


async def published(database, contact, *, since):
    """Return the events about the contact above a version, as the topic has them."""
    envelopes = [envelope for envelope in await staged(database, "heed.contact") if envelope.subject == contact["id"]]
    records = [Record("heed.customer", 0, 0, None, envelope.model_dump_json().encode()) for envelope in envelopes]
    events = [replace(decode(record), aggversion=number) for number, record in enumerate(records, 1)]
    return [event for event in events if event.aggversion > since]


async def restore(database, contact):
    """Set the row back to its first version."""
    statement = text("UPDATE contact SET version = 1, state = 'unverified', verified_at = NULL WHERE id = :id")
    async with database.transaction() as session:
        await session.execute(statement, {"id": contact["id"]})


async def test_a_verification_is_recovered(client, customer_database):
    customer_id = await register(client, region="CN")
    contact = await create(client, customer_id)
    path = f"/v1/customers/{customer_id}/contacts/{contact['id']}"
    await client.patch(path, json={"verified": True}, headers={"If-Match": '"1"'})
    await restore(customer_database, contact)
    events = await published(customer_database, contact, since=1)
    assert await recover(customer_database, events) == [("contact", contact["id"], RecoveryOutcome.RECOVERED)]
    assert (await client.get(path)).json()["state"] == "verified"
    assert await recover(customer_database, events) == []


async def test_a_contact_that_was_deleted_after_the_backup_is_deleted_again(client, customer_database):
    customer_id = await register(client, region="CN")
    contact = await create(client, customer_id)
    async with customer_database.transaction() as session:
        await session.execute(text("CREATE TABLE copy AS SELECT * FROM contact"))
    await client.delete(f"/v1/customers/{customer_id}/contacts/{contact['id']}")
    async with customer_database.transaction() as session:
        await session.execute(text("INSERT INTO contact SELECT * FROM copy"))
    events = await published(customer_database, contact, since=1)
    assert await recover(customer_database, events) == [("contact", contact["id"], RecoveryOutcome.RECOVERED)]
    assert (await client.get(f"/v1/customers/{customer_id}/contacts")).json()["items"] == []
    assert await recover(customer_database, events) == []


async def test_a_value_that_no_event_carries_is_reported_as_lost(client, customer_database):
    customer_id = await register(client, region="CN")
    created, changed = await create(client, customer_id), await create(client, customer_id, value="13900139000")
    path = f"/v1/customers/{customer_id}/contacts/{changed['id']}"
    await client.patch(path, json={"value": "13700137000"}, headers={"If-Match": '"1"'})
    await restore(customer_database, changed)
    events = await published(customer_database, created, since=0) + await published(customer_database, changed, since=1)
    async with customer_database.transaction() as session:
        await session.execute(text("DELETE FROM contact WHERE id = :id"), {"id": created["id"]})
    assert await recover(customer_database, events) == [
        ("contact", created["id"], RecoveryOutcome.LOST),
        ("contact", changed["id"], RecoveryOutcome.LOST),
    ]
