"""Messages and contacts of complainants are ciphertexts in the database, also those from before they were encrypted."""

from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common import migrations
from heed_common.database import Database
from heed_common.encrypted_columns import encrypt_plain_values
from heed_complaint.commands import ENCRYPTED
from heed_complaint.core.contacts import repository as contacts
from heed_complaint.lifecycle.messages import content as messages
from heed_complaint.lifecycle.messages.tables import Message
from tests.complaint.factories.correspondence import allow_messages
from tests.conftest import NOON, TEST_CIPHER

pytestmark = pytest.mark.asyncio
TABLES = text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
BEFORE = "0025"
ADDRESS, WORDS = "anna.muster@example.org", "My kettle has leaked on Rosenweg"
KINDS = "SELECT pending IS NOT NULL, sent IS NOT NULL FROM outgoing_message_content WHERE message_id = :id"
COMPLAINT = """
    INSERT INTO complaint (id, fingerprint, opening_event_id, customer_id, channel, category, severity, description,
        occurred_at, received_at, currency, state, opened_at)
    VALUES (:id, '', :id, :id, 'mail', 'product', 'major', '', :at, :at, 'USD', 'received', :at)
"""
OUTGOING = """
    INSERT INTO outgoing_message (id, purpose, channels, channel, promotional, template, created_at, due_at, expires_at,
        state, attempts, in_transit, version)
    VALUES (:id, 'service', '{mail}', 'mail', false, 'x', :at, :at, :at, :state, 0, false, 0)
"""
CONTENT = """
    INSERT INTO outgoing_message_content (message_id, address, params, secret, "references")
    VALUES (:id, :address, jsonb_build_object('text', CAST(:words AS text)), false, '{<1@muster.example>}')
"""
SENT_CONTENT = """
    INSERT INTO outgoing_message_content (message_id, params, secret, "references", subject, body)
    VALUES (:id, '{}', false, '{}', 'Kettle', :words)
"""
MESSAGE = """
    INSERT INTO message (id, complaint_id, at, visibility, text) VALUES (:id, :complaint_id, :at, 'customer', :words)
"""
CONTACT = """
    INSERT INTO intake_contact (complaint_id, name, address, language) VALUES (:complaint_id, 'Anna', :address, 'en')
"""
IGNORED = """
    INSERT INTO ignored_mail (key, received_at, reason, evidence, sender, subject, text)
    VALUES ('key', :at, 'auto_reply', 'from', :address, 'Away', :words)
"""


async def dump(database):
    """Return everything that is stored, as text."""
    async with database.transaction() as session:
        names = list(await session.scalars(TABLES))
        assert "outgoing_message_content" in names
        queries = [f'SELECT CAST(t AS text) FROM "{name}" AS t' for name in names]  # noqa: S608 - names of tables
        rows = [row for query in queries for row in await session.scalars(text(query))]
    return "\n".join(rows)


async def test_a_complaint_by_mail_leaves_its_words_only_where_the_desk_reads_them(
    complaint_database, client, send_mail
):
    await allow_messages(complaint_database)
    complaint = await send_mail(**{"from": f"Anna <{ADDRESS}>"}, subject="Kettle", text="It leaks")
    sent = await client.post(
        f"/v1/complaints/{complaint['complaint_id']}/messages", json={"visibility": "customer", "text": WORDS}
    )
    assert sent.json()["text"] == WORDS
    shown = (await client.get(f"/v1/complaints/{complaint['complaint_id']}/messages")).json()["items"]
    assert WORDS in [message["text"] for message in shown]
    stored = await dump(complaint_database)
    assert complaint["complaint_id"] in stored
    for secret in (ADDRESS, "anna.muster", WORDS, ADDRESS.encode().hex(), WORDS.encode().hex()):
        assert secret not in stored


@pytest_asyncio.fixture
async def database_of_the_version_before(databases):
    name = await databases.empty()
    await migrations.upgrade(databases.url(name), "heed_complaint", to=BEFORE)
    database = Database(databases.url(name), pool_size=2)
    database.cipher = TEST_CIPHER
    yield database
    await database.close()
    await databases.drop(name)


async def test_what_was_plain_is_encrypted_by_the_command_that_migrates(database_of_the_version_before):
    database, complaint_id, message_id, ended_id = database_of_the_version_before, uuid4(), uuid4(), uuid4()
    values = {"complaint_id": complaint_id, "at": NOON, "address": ADDRESS, "words": WORDS}
    async with database.transaction() as session:
        await session.execute(text(COMPLAINT), {"id": complaint_id, "at": NOON})
        for statement in (OUTGOING, CONTENT, MESSAGE, CONTACT, IGNORED):
            await session.execute(text(statement), {"id": message_id, "state": "queued"} | values)
        for statement in (OUTGOING, SENT_CONTENT):
            await session.execute(text(statement), {"id": ended_id, "state": "sent"} | values)
    url = database.url.render_as_string(hide_password=False)
    await migrations.upgrade(url, "heed_complaint")
    assert await encrypt_plain_values(url, ENCRYPTED, lambda: TEST_CIPHER) == 5
    stored = await dump(database)
    assert ADDRESS not in stored
    assert WORDS not in stored
    async with database.transaction() as session:
        contact = await contacts.get_contact(session, complaint_id)
        assert (contact.name, contact.address, contact.sender) == ("Anna", ADDRESS, None)
        assert await contacts.count_opened_by_mail(session, ADDRESS, since=NOON.replace(year=2000)) == 1
        assert messages.decrypt(await session.get_one(Message, message_id), cipher=TEST_CIPHER) == WORDS
        kinds = text(
            "SELECT pending IS NOT NULL, sent IS NOT NULL FROM outgoing_message_content WHERE message_id = :id"
        )
        assert tuple((await session.execute(kinds, {"id": message_id})).one()) == (True, False)
        assert tuple((await session.execute(kinds, {"id": ended_id})).one()) == (False, True)
