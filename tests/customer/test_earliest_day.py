"""A mistyped year is rejected by every call that records something."""

import pytest
import pytest_asyncio

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_customer.app import create_app
from heed_customer.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.customer.factories import buy, make_interaction, make_purchase, make_return, register
from tests.customer.imports.files import CSV, NDJSON, make_row, ndjson, process_all, progress, table, upload

pytestmark = pytest.mark.asyncio
YEAR_26 = "0026-07-01T10:00:00Z"
LIMIT = "before 1970-01-01"


def check(problem):
    assert (problem["status"], problem["code"]) == (422, "too_early")
    assert LIMIT in problem["detail"]
    assert [error["pointer"] for error in problem["errors"]] == ["/occurred_at"]


async def test_a_purchase_in_the_year_26_is_rejected_alone_and_in_a_batch(client):
    customer_id = str(await register(client))
    bad = make_purchase(customer_id=customer_id, occurred_at=YEAR_26)
    check((await client.post("/v1/purchases", json=bad)).json())
    items = [make_purchase(customer_id=customer_id), bad, make_purchase(customer_id=customer_id)]
    response = (await client.post("/v1/purchases:batch", json={"items": items})).json()["items"]
    assert [item["status"] for item in response] == [201, 422, 201]
    check(response[1]["problem"])


@pytest.mark.parametrize("headers", [CSV, NDJSON], ids=["csv", "ndjson"])
async def test_a_line_of_a_file_in_the_year_26_is_named(client, import_job, headers):
    await register(client, external_id="shop-1")
    if headers is CSV:
        body = table([make_row(), make_row(external_id="p-2", occurred_at=YEAR_26)])
    else:
        bought = [make_purchase(customer_external_id="shop-1", **more) for more in ({}, {"occurred_at": YEAR_26})]
        body = ndjson(bought)
    location = await upload(client, "purchases", body, headers)
    await process_all(import_job)
    (error,) = (await progress(client, location))["errors"]
    assert (error["column"], error["code"]) == ("occurred_at", "too_early")
    assert LIMIT in error["reason"]


async def test_returns_interactions_and_referrals_in_the_year_26_are_rejected(client):
    purchase = await buy(client)
    customer_id = purchase["customer_id"]
    sent = {
        f"/v1/purchases/{purchase['id']}/returns": make_return(occurred_at=YEAR_26),
        "/v1/interactions": make_interaction(customer_id=customer_id, occurred_at=YEAR_26),
        "/v1/referrals": {"customer_id": customer_id, "occurred_at": YEAR_26},
    }
    problems = [(await client.post(path, json=body)).json() for path, body in sent.items()]
    assert len(problems) == 3
    for problem in problems:
        check(problem)


@pytest_asyncio.fixture
async def archive(customer_database, clock):
    """A client of a service that accepts older purchases."""
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", earliest="1931-01-01")
    app = create_app(settings, Resources(customer_database, clock, Metrics("customer")))
    async with make_client(app, await make_token(customer_database, now=clock.now())) as client:
        yield client


async def test_an_operator_may_set_another_limit(archive):
    customer_id = str(await register(archive))
    sent = [
        make_purchase(customer_id=customer_id, occurred_at=f"{day}T12:00:00Z") for day in ("1930-12-31", "1931-01-01")
    ]
    responses = [await archive.post("/v1/purchases", json=body) for body in sent]
    assert [response.status_code for response in responses] == [422, 201]
    assert "before 1931-01-01" in responses[0].json()["detail"]
