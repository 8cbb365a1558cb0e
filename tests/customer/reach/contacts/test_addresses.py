"""Contacts for other packages: addresses of a family, customers of an address, bounces."""

from uuid import UUID

import pytest

from heed_common.contracts.customer import ContactKind, ContactState, CustomerKind
from heed_common.encryption import FieldCipher
from heed_customer.reach.contacts import addresses, service
from heed_customer.reach.contacts.rules import NewContact
from heed_customer.records.customers import service as customers
from heed_customer.records.customers.rules import NewCustomer
from heed_customer.records.merges import service as merges
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio
OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
CIPHER = FieldCipher([OLD_KEY])


async def make_customer(session, **overrides) -> UUID:
    new = NewCustomer(kind=CustomerKind.INDIVIDUAL, name="Li Wei", **overrides)
    rows, _ = await customers.insert_customers(session, customers=[new], now=NOON)
    return rows[0].id


async def make_contact(session, customer_id, kind, value, *, cipher=CIPHER, country="CN", **details):
    new = NewContact(kind=ContactKind(kind), value=value, **details)
    created = await service.create_contact(
        session, customer_id=customer_id, new=new, default_country=country, cipher=cipher, now=NOON
    )
    return created.row


async def find(session, **filters):
    return await addresses.find_customers_by(session, cipher=CIPHER, country="CN", **filters)


@pytest.mark.parametrize(
    "spelling", ["13800138000", "+86 138 0013 8000", "１３８００１３８０００", "008613800138000", "8613800138000"]
)
async def test_a_caller_is_found_by_the_number_in_any_spelling(session, spelling):
    customer_id = await make_customer(session)
    contact = await make_contact(session, customer_id, "phone", "138-0013-8000")
    await make_contact(session, customer_id, "phone", "13900139000")
    (match,) = await find(session, phone=spelling)
    assert (match.customer_id, match.contact_id) == (customer_id, contact.row.id)


async def test_a_mail_is_found_in_any_case_and_with_a_name_around_it(session):
    customer_id = await make_customer(session)
    await make_contact(session, customer_id, "mail", "Ana <Ana@Example.com>")
    assert [match.customer_id for match in await find(session, mail="mailto:ana@example.COM")] == [customer_id]
    assert await find(session, mail="anna@example.com") == []
    assert await find(session, phone="ana@example.com") == []


async def test_a_caller_behind_a_switchboard_is_found_by_its_number(session):
    customer_id = await make_customer(session)
    await make_contact(session, customer_id, "phone", "010-12345678转8001")
    await make_contact(session, customer_id, "phone", "010-12345678转8002")
    assert len(await find(session, phone="010 1234 5678")) == 2
    assert len(await find(session, phone="010 1234 5678 ext. 8001")) == 1


async def test_a_number_that_could_not_be_read_is_found_by_its_digits(session):
    customer_id = await make_customer(session)
    contact = await make_contact(session, customer_id, "phone", "555 12", country=None)
    assert contact.content.value is None
    assert [match.customer_id for match in await find(session, phone="55512")] == [customer_id]


@pytest.mark.parametrize("caller", ["13800138000", "013800138000", "+86 138 0013 8000"])
async def test_a_caller_is_found_without_a_country_to_read_the_number_by(session, caller):
    customer_id = await make_customer(session)
    await make_contact(session, customer_id, "phone", "13800138000")
    found = await addresses.find_customers_by(session, cipher=CIPHER, phone=caller)
    assert [match.customer_id for match in found] == [customer_id]
    assert await addresses.find_customers_by(session, cipher=CIPHER, phone="13800138001") == []


async def test_a_contact_of_an_older_key_is_found_while_a_rotation_runs(session):
    customer_id = await make_customer(session)
    await make_contact(session, customer_id, "phone", "13800138000")
    rotating = FieldCipher([NEW_KEY, OLD_KEY])
    (match,) = await addresses.find_customers_by(session, cipher=rotating, phone="+8613800138000")
    assert match.customer_id == customer_id


async def test_the_addresses_of_a_family_are_in_the_order_in_which_they_should_be_tried(session):
    survivor, duplicate = await make_customer(session), await make_customer(session)
    bounced = await make_contact(session, survivor, "mail", "old@example.com")
    plain = await make_contact(session, survivor, "mail", "new@example.com")
    verified = await make_contact(session, duplicate, "mail", "sure@example.com", verified=True)
    preferred = await make_contact(session, duplicate, "phone", "13800138000", preferred=True)
    await make_contact(session, survivor, "mail", "not an address")
    await addresses.mark_bounced(session, contact_id=bounced.row.id, now=NOON)
    await merges.merge_customers(session, survivor_id=survivor, duplicate_id=duplicate, now=NOON)
    found = await addresses.addresses_of(
        session, customer_ids=[survivor, duplicate], channels=["sms", "mail"], cipher=CIPHER
    )
    assert [address.contact_id for address in found] == [
        contact.row.id for contact in (preferred, verified, plain, bounced)
    ]
    assert [address.channel for address in found] == ["sms", "mail", "mail", "mail"]
    assert found[0].address == "+8613800138000"
    assert found[-1].state == ContactState.BOUNCED


async def test_an_extension_can_be_called_but_gets_no_text_message(session):
    customer_id = await make_customer(session)
    await make_contact(session, customer_id, "phone", "010-12345678转8001")
    found = await addresses.addresses_of(session, customer_ids=[customer_id], channels=["sms", "phone"], cipher=CIPHER)
    assert [(address.channel, address.address) for address in found] == [("phone", "+861012345678;ext=8001")]


async def test_a_contact_that_no_key_decrypts_hides_no_other(session):
    customer_id = await make_customer(session)
    await make_contact(session, customer_id, "mail", "lost@example.com", cipher=FieldCipher([b"l" * 32]))
    readable = await make_contact(session, customer_id, "mail", "ana@example.com")
    found = await addresses.addresses_of(session, customer_ids=[customer_id], channels=["mail"], cipher=CIPHER)
    assert [address.contact_id for address in found] == [readable.row.id]


async def test_a_mail_that_bounces_is_marked_for_every_customer_who_has_it_and_once(session):
    for _ in range(2):
        await make_contact(session, await make_customer(session), "mail", "ana@example.com")
    marked = [
        await addresses.mark_mail_bounced(session, mail="ANA@example.com", cipher=CIPHER, now=NOON) for _ in range(2)
    ]
    assert marked == [2, 0]
