"""A permit takes few statements; `pytest -s` prints them."""

from zoneinfo import ZoneInfo

import pytest

from heed_common.contracts.message import ContactChannel, ContactPurpose
from heed_common.identifiers import new_id
from heed_customer.reach.permits import service
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.rules import Budget, PermitRequest, ReachableAddress
from tests.conftest import NOON
from tests.customer.factories import put_consent, register
from tests.customer.reach.permits.test_permits import add_contact
from tests.statements import recorded_statements

FOR_SERVICE, FOR_MARKETING = 6, 7
"""The locks of the family, the family again under the locks, consents, addresses, the contact log, and the new entry in
it; for marketing also open complaints."""
pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("purpose", "expected"), [(ContactPurpose.SERVICE, FOR_SERVICE), (ContactPurpose.MARKETING, FOR_MARKETING)]
)
async def test_a_permit_takes_few_statements(client, app, customer_database, purpose, expected):
    customer_id = await register(client)
    await add_contact(client, customer_id)
    await put_consent(client, customer_id, "marketing", "mail")
    request = PermitRequest(customer_id, purpose, (ContactChannel.MAIL,), dedupe_key="spring", message_id=new_id())
    policy, cipher = ContactPolicy({purpose: Budget(4, 30)}, None, ZoneInfo("UTC")), app.state.cipher
    with recorded_statements(customer_database) as statements:
        async with customer_database.transaction() as session:
            permit = await service.request_permit(session, request=request, policy=policy, cipher=cipher, now=NOON)
    print(f"\npermit for {purpose}:", *(line[:160] for line in statements), sep="\n  ")
    assert isinstance(permit.decision, ReachableAddress)
    assert len(statements) == expected
