"""Amounts that are granted, guaranteed or limited can be paid in their currency."""

import pytest
import pytest_asyncio

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.settings import Settings
from tests.app_cache import laid_out
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.remedies import make_guarantee, make_playbook
from tests.complaint.test_api import body, opened

pytestmark = pytest.mark.asyncio
ANY = {"If-Match": "*"}


def problem(response):
    return response.status_code, response.json()["code"], [error["pointer"] for error in response.json()["errors"]]


@pytest.mark.parametrize(
    ("currency", "amount", "status"),
    [
        ("USD", "10.005", 422),
        ("USD", "10.01", 201),
        ("JPY", "0.4", 422),
        ("JPY", "10.5", 422),
        ("JPY", "10.0000", 201),
        ("KWD", "1.2345", 422),
        ("KWD", "1.234", 201),
    ],
)
async def test_a_remedy_is_a_multiple_of_the_smallest_coin(client, currency, amount, status):
    complaint = await opened(client)
    remedy = {"kind": "refund", "amount": amount, "currency": currency, "request_approval": True}
    response = await client.post(f"/v1/complaints/{complaint['id']}/remedies", json=remedy)
    assert response.status_code == status, response.text
    if status == 422:
        assert problem(response) == (422, "not_payable", ["/amount"])


async def test_the_cost_of_a_remedy_can_have_four_decimals(client):
    complaint = await opened(client)
    remedy = {"kind": "repair", "amount": "10", "cost": "3.3333"}
    response = await client.post(f"/v1/complaints/{complaint['id']}/remedies", json=remedy)
    assert (response.status_code, response.json()["cost"]) == (201, "3.3333")


async def test_a_complaint_in_a_withdrawn_currency_is_remedied_in_another_one(client):
    past = {"occurred_at": "2025-12-01T12:00:00Z", "currency": "BGN", "amount_at_stake": "40"}
    response = await client.post("/v1/complaints", json=body(**past))
    assert (response.status_code, response.json()["currency"]) == (201, "BGN")
    path = f"/v1/complaints/{response.json()['id']}/remedies"
    remedy = {"kind": "refund", "amount": "20", "request_approval": True}
    assert problem(await client.post(path, json=remedy)) == (422, "not_payable", ["/currency"])
    assert (await client.post(path, json=remedy | {"currency": "EUR"})).status_code == 201


async def test_a_complaint_cannot_be_moved_into_a_currency_that_was_withdrawn_before_it(client):
    complaint = await opened(client)
    path = f"/v1/complaints/{complaint['id']}"
    response = await client.patch(path, json={"currency": "DEM"}, headers=ANY)
    assert problem(response) == (422, "currency_withdrawn", ["/currency"])
    past = {"currency": "BGN", "occurred_at": "2025-12-01T12:00:00Z"}
    assert (await client.patch(path, json=past, headers=ANY)).status_code == 200
    response = await client.patch(path, json={"occurred_at": "2026-02-01T12:00:00Z"}, headers=ANY)
    assert problem(response) == (422, "currency_withdrawn", ["/occurred_at"])


@pytest_asyncio.fixture
async def in_japan(complaint_database, clock):
    """A client of a service whose organisation counts in yen."""
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", currency="JPY")
    app = laid_out(create_app(settings, Resources(complaint_database, clock, Metrics("complaint"))))
    async with make_client(app, await make_token(complaint_database, now=clock.now())) as client:
        yield client


async def test_limits_are_multiples_of_the_smallest_coin_of_the_organisation(client, in_japan):
    limits = {"kinds": [{"kind": "refund", "limit": "100.5"}], "total": "200"}
    refused = await in_japan.put("/v1/playbooks/limits", json=limits, headers=ANY)
    assert problem(refused) == (422, "not_payable", ["/kinds/0/limit"])
    refused = await in_japan.put("/v1/playbooks/limits", json={"total": "0.5"}, headers=ANY)
    assert problem(refused) == (422, "not_payable", ["/total"])
    playbook = make_playbook(remedies=[{"kind": "refund", "limit": "0.25"}])
    assert problem(await in_japan.put("/v1/playbooks/small", json=playbook)) == (
        422,
        "not_payable",
        ["/remedies/0/limit"],
    )
    assert (await client.put("/v1/playbooks/limits", json=limits, headers=ANY)).status_code == 200


@pytest.mark.parametrize(
    ("payout", "pointer"),
    [
        ({"kind": "refund", "amount": "9.999"}, "/payout/amount"),
        ({"kind": "refund", "amount": "1", "share": "0.5", "at_most": "0.005"}, "/payout/at_most"),
    ],
)
async def test_a_guarantee_pays_multiples_of_the_smallest_coin(client, payout, pointer):
    response = await client.put("/v1/guarantees/quick", json=make_guarantee(payout=payout))
    assert problem(response) == (422, "not_payable", [pointer])
