"""Senders of this service and of others get the address from the permit, and nothing without it."""

import email
from email.policy import default
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.encryption import FieldCipher, parse_keys
from heed_common.identifiers import new_id
from heed_common.messages.permits import Granted, HTTPPermits, PermitRequest, Refused
from heed_common.messages.queue import enqueue
from heed_common.messages.senders import create_senders
from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.in_process import InProcessPermits
from heed_customer.settings import Settings
from tests.common.messages.conftest import Queue
from tests.common.messages.factories import CATALOGUE, make_message
from tests.common.sample_app import SERVICE_TOKEN as TOKEN
from tests.customer.factories import put_consent, register
from tests.customer.reach.permits.test_permits import ADDRESS, add_contact

pytestmark = pytest.mark.asyncio
KEY = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        database_url="postgresql://nobody@127.0.0.1:1/nothing",
        contact_keys=KEY,
        service_token=TOKEN,
        data_dir=tmp_path,
    )


@pytest.fixture
def app(settings, customer_database, clock):
    return create_app(settings, Resources(customer_database, clock, Metrics("customer")))


@pytest.fixture(params=["in process", "over HTTP"])
def permits(request, settings, app, customer_database, clock):
    if request.param == "over HTTP":
        return HTTPPermits("http://customer", SecretStr(TOKEN), transport=httpx.ASGITransport(app))
    cipher = FieldCipher(parse_keys(KEY))
    return InProcessPermits(customer_database, ContactPolicy.from_settings(settings), cipher, clock)


@pytest_asyncio.fixture
async def customer(client):
    customer_id = await register(client, language="zh-CN", time_zone="Asia/Shanghai")
    await add_contact(client, customer_id)
    return customer_id


def request_for(customer_id, **overrides):
    fields = {"message_id": new_id(), "purpose": ContactPurpose.SERVICE, "channels": [ContactChannel.MAIL]}
    return PermitRequest(customer_id=customer_id, service="complaint", **(fields | overrides))


async def test_a_sender_gets_address_and_language(permits, customer):
    granted = await permits.ask(request_for(customer))
    assert isinstance(granted, Granted)
    assert (granted.address, granted.channel, granted.language) == (ADDRESS, "mail", "zh-CN")
    assert granted.contact_id is not None


async def test_the_same_message_counts_once_and_is_decided_again(permits, client, customer):
    request = request_for(customer)
    first, second = [await permits.ask(request) for _ in range(2)]
    assert first.permit_id == second.permit_id
    await put_consent(client, customer, "service", "mail", granted=False)
    assert await permits.ask(request) == Refused(allowed=False, reason="opted_out")


async def test_an_unknown_customer_gets_nothing(permits):
    assert await permits.ask(request_for(uuid4())) == Refused(allowed=False, reason="customer_unknown")


async def test_a_message_of_the_service_lies_in_its_mail_folder(
    settings, permits, customer, customer_database, clock, tmp_path
):
    resources = Resources(customer_database, clock, Metrics("customer"))
    senders = create_senders(settings, resources, catalogue=CATALOGUE, permits=permits, net=0.02)
    async with customer_database.transaction() as session:
        await enqueue(session, make_message(customer_id=customer, params={"name": "李伟"}), now=clock.now())
    await Queue(customer_database, clock).run(*senders)
    (file,) = (tmp_path / "mail").glob("*.eml")
    mail = email.message_from_bytes(file.read_bytes(), policy=default)
    assert mail["To"] == ADDRESS
    assert "尊敬的李伟" in mail.get_body(("plain",)).get_content()
