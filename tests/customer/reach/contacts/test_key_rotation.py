"""Keys are replaced while the service is running, and an interrupted rotation is continued."""

import asyncio

import pytest
from sqlalchemy import text

from heed_common.encryption import FieldCipher, format_keys
from heed_common.key_commands import rotate_keys
from heed_common.key_rotation import rotate
from heed_customer.commands import ROTATIONS
from heed_customer.reach.contacts import addresses, rotation
from heed_customer.settings import Settings
from tests.customer.reach.contacts.test_addresses import NEW_KEY, OLD_KEY, make_contact, make_customer

pytestmark = pytest.mark.asyncio
OLD, BOTH, NEW = FieldCipher([OLD_KEY]), FieldCipher([NEW_KEY, OLD_KEY]), FieldCipher([NEW_KEY])
NUMBERS = [f"+861380013{number:04}" for number in range(30)]


async def store(database, cipher, numbers=NUMBERS):
    async with database.transaction() as session:
        customer_id = await make_customer(session)
        return [(await make_contact(session, customer_id, "phone", number, cipher=cipher)).row.id for number in numbers]


async def found(database, cipher):
    async with database.transaction() as session:
        return [bool(await addresses.find_customers_by(session, cipher=cipher, phone=number)) for number in NUMBERS]


async def test_after_a_rotation_the_new_key_alone_decrypts_and_finds_every_contact(customer_database):
    await store(customer_database, OLD)
    assert await found(customer_database, BOTH) == [True] * len(NUMBERS)
    assert not any(await found(customer_database, NEW))
    reports = await rotate(customer_database, ROTATIONS, BOTH)
    assert (reports["contacts"].rotated, reports["contacts"].is_complete) == (len(NUMBERS), True)
    assert await found(customer_database, NEW) == [True] * len(NUMBERS)
    again = await rotate(customer_database, ROTATIONS, BOTH)
    assert again["contacts"].rotated == 0


async def test_an_interrupted_rotation_is_continued_where_it_ended(customer_database):
    await store(customer_database, OLD)
    async with customer_database.transaction() as session:
        first = await rotation.rotate_batch(session, BOTH, None, 7)
    with pytest.raises(RuntimeError, match="killed"):
        await _rotate_and_fail(customer_database, after=first.last_key)
    assert await found(customer_database, BOTH) == [True] * len(NUMBERS)
    reports = await rotate(customer_database, ROTATIONS, BOTH)
    assert reports["contacts"].rotated == len(NUMBERS) - 7
    assert await found(customer_database, NEW) == [True] * len(NUMBERS)


async def _rotate_and_fail(database, *, after):
    async with database.transaction() as session:
        await rotation.rotate_batch(session, BOTH, after, 7)
        raise RuntimeError("killed")


async def test_a_contact_that_a_request_holds_waits_for_the_next_pass(customer_database):
    ids = await store(customer_database, OLD, NUMBERS[:3])
    locked = text("SELECT FROM contact WHERE id = :id FOR UPDATE")
    async with customer_database.transaction() as session:
        await session.execute(locked, {"id": ids[1]})
        running = asyncio.create_task(rotate(customer_database, ROTATIONS, BOTH))
        await asyncio.sleep(0.1)
    report = (await running)["contacts"]
    assert (report.rotated, report.is_complete) == (3, True)


async def test_what_no_key_decrypts_is_reported_and_left_as_it_is(customer_database):
    await store(customer_database, OLD, NUMBERS[:2])
    await store(customer_database, FieldCipher([b"l" * 32]), NUMBERS[2:3])
    report = (await rotate(customer_database, ROTATIONS, BOTH))["contacts"]
    assert (report.rotated, report.undecryptable, report.is_complete) == (2, 1, False)
    async with customer_database.transaction() as session:
        assert await rotation.ROTATION.count_undecryptable(session, BOTH) == 1


async def test_the_command_prints_what_it_did(customer_database, capsys, monkeypatch):
    await store(customer_database, OLD, NUMBERS[:2])
    monkeypatch.setenv("HEED_CONTACT_KEYS", format_keys([NEW_KEY, OLD_KEY]))
    url = customer_database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    assert await rotate_keys(Settings.load(database_url=url), ROTATIONS) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "contacts: 2 encrypted again" in lines
    assert lines[-1].startswith("The customer service needs only the newest key now")
