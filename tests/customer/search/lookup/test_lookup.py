"""A service desk looks up who is calling, and sees what is open."""

import pytest

from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.events import make_score
from tests.customer.commitments.test_promises import promise
from tests.customer.events import make_complaint, receive
from tests.customer.factories import get_customer, make_interaction, merge, register
from tests.customer.reach.contacts.test_contacts import create
from tests.scoring.factories import received

pytestmark = pytest.mark.asyncio
ALL = frozenset({"customers:read", "contacts:read"})


async def look_up(client, **criterion):
    response = await client.post("/v1/customers:lookup", json=criterion)
    assert response.status_code == 200, response.text
    return response.json()["items"]


async def test_a_caller_is_found_with_what_is_open(client, customer_database):
    customer_id = await register(client, region="CN", external_id="crm-7")
    contact = await create(client, customer_id)
    await promise(client, customer_id)
    async with customer_database.transaction() as session:
        await receive(session, received(make_complaint(customer_id)), received(make_complaint(customer_id)))
        await receive(session, received(make_score(customer_id, tier="A")))
    (found,) = await look_up(client, phone="+86 138-0013-8000")
    assert found["customer"] == await get_customer(client, customer_id)
    assert (found["matched_by"], found["contact_id"]) == ("phone", contact["id"])
    assert (found["open_complaints"], found["open_promises"], found["score"]["tier"]) == (2, 1, "A")
    (by_id,) = await look_up(client, external_id="crm-7")
    assert by_id == found | {"matched_by": "external_id", "contact_id": None}
    interaction = make_interaction(customer_id=found["customer"]["id"], kind="call")
    assert (await client.post("/v1/interactions", json=interaction)).status_code == 201


async def test_a_merged_customer_is_found_as_its_survivor_with_everything_that_is_open(client, customer_database):
    survivor, duplicate = await register(client), await register(client)
    await create(client, duplicate, kind="mail", value="ana@example.com")
    await create(client, survivor, kind="mail", value="ana@example.com")
    await merge(client, duplicate, into=survivor)
    async with customer_database.transaction() as session:
        await receive(session, received(make_complaint(survivor)), received(make_complaint(duplicate)))
    (found,) = await look_up(client, mail="Ana <ANA@example.com>")
    assert (found["customer"]["id"], found["open_complaints"], found["score"]) == (str(survivor), 2, None)


async def test_customers_who_share_a_number_are_all_found_in_the_order_of_their_contacts(client):
    ids = [await register(client, region="CN") for _ in range(3)]
    for customer_id in ids:
        await create(client, customer_id)
    found = await look_up(client, phone="+8613800138000")
    assert [item["customer"]["id"] for item in found] == [str(customer_id) for customer_id in ids]


async def test_confidential_complaints_are_counted_for_those_who_may_read_them(app, client, customer_database, clock):
    customer_id = await register(client, external_id="crm-8")
    async with customer_database.transaction() as session:
        await receive(session, received(make_complaint(customer_id, confidential=True)))
    token = await make_token(customer_database, now=clock.now(), scopes=ALL)
    async with make_client(app, token) as other:
        assert [item["open_complaints"] for item in await look_up(other, external_id="crm-8")] == [0]
    assert [item["open_complaints"] for item in await look_up(client, external_id="crm-8")] == [1]


async def test_an_unknown_caller_is_no_error(client):
    assert await look_up(client, phone="+8613800138000") == []
    assert await look_up(client, mail="not an address") == []
    assert await look_up(client, external_id="nothing") == []


@pytest.mark.parametrize(
    "wrong", [{}, {"phone": "1", "mail": "a@example.com"}, {"phone": " "}, {"phone": 7}, {"name": "Li"}, {"mail": None}]
)
async def test_a_look_up_needs_exactly_one_criterion(client, wrong):
    response = await client.post("/v1/customers:lookup", json=wrong)
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
    assert response.json()["errors"]


@pytest.mark.parametrize("missing", sorted(ALL))
async def test_a_look_up_needs_both_scopes(app, customer_database, clock, missing):
    token = await make_token(customer_database, now=clock.now(), scopes=ALL - {missing})
    async with make_client(app, token) as other:
        response = await other.post("/v1/customers:lookup", json={"phone": "+8613800138000"})
    assert (response.status_code, response.json()["code"]) == (403, "scope_missing")
