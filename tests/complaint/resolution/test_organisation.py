"""Default amounts are in the currency of the organisation from its first start, and then stay."""

import pytest

from heed_complaint.core.priority_rank.rules import DEFAULT_VALUES
from heed_complaint.resolution.organisation.service import sync_default_currency
from tests.complaint.test_api import opened
from tests.entity_tags import revision_of

pytestmark = pytest.mark.asyncio
ANY = {"If-Match": "*"}


async def start(database, currency):
    async with database.transaction() as session:
        await sync_default_currency(session, currency=currency)


async def amounts(client):
    """Return the limits of a refund, of all remedies, and of the shipped playbook."""
    limits = (await client.get("/v1/playbooks/limits")).json()
    playbook = (await client.get("/v1/playbooks/calling_card")).json()
    of_kinds = {each["kind"]: each["limit"] for each in limits["kinds"]}
    return of_kinds["refund"], limits["total"], playbook["total"]


async def test_limits_are_yen_where_the_organisation_counts_in_yen(client, complaint_database):
    assert await amounts(client) == ("500", "500", "100")
    await start(complaint_database, "JPY")
    assert await amounts(client) == ("75000", "75000", "15000")
    limits = await client.get("/v1/playbooks/limits")
    assert (limits.json()["currency"], revision_of(limits)) == (None, 1)


async def test_another_currency_before_the_first_complaint_rescales_the_defaults(client, complaint_database):
    for currency in ("JPY", "KWD", "JPY", "CNY"):
        await start(complaint_database, currency)
    assert await amounts(client) == ("3500", "3500", "700")


async def test_what_an_operator_laid_down_is_left_alone(client, complaint_database):
    await client.put("/v1/playbooks/limits", json={"total": "40"}, headers=ANY)
    await start(complaint_database, "JPY")
    limits = (await client.get("/v1/playbooks/limits")).json()
    assert (limits["kinds"], limits["total"]) == ([], "40")
    assert (await client.get("/v1/playbooks/calling_card")).json()["total"] == "15000"


async def test_a_database_with_complaints_preserves_its_amounts(client, complaint_database):
    await opened(client)
    await start(complaint_database, "JPY")
    assert await amounts(client) == ("500", "500", "100")


async def test_a_complaint_without_a_value_weighs_as_much_in_yen_as_in_dollars(client, complaint_database):
    await start(complaint_database, "JPY")
    await opened(client, severity="minor")
    (queued,) = (await client.get("/v1/complaints/queue")).json()["items"]
    assert queued["weight"] == (DEFAULT_VALUES["minor"] + 1) * 150
