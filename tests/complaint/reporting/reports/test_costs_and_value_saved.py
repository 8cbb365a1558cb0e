"""Reports on remedy costs and on the value saved."""

from decimal import Decimal

import pytest

from heed_common.metrics import Metrics
from heed_common.resources import Resources
from heed_complaint.app import create_app
from heed_complaint.settings import Settings
from tests.common.sample_app import make_client, make_token
from tests.complaint.factories.events import make_outlook, make_score, take_in
from tests.complaint.reporting.reports.cases import ACCEPT, CALL_BACK, COMPLETE, DECLINE, ago

pytestmark = pytest.mark.asyncio


async def test_granted_remedies_count_and_pending_ones_are_reported_apart(past, report):
    one, two = await past.resolved(), await past.resolved()
    await past.remedy(one, "10", over_limit=True)
    await past.remedy(one, "4")
    await past.remedy(two, "0", kind="apology")
    await past.remedy(two, "50", cost="20", kind="replacement")
    await past.remedy(two, "1000", state="pending")
    await past.remedy(two, "2000", state="rejected")
    await past.resolved()
    result = await report("remedies")
    assert (result["complaints"], result["given_on"], result["amount"], result["cost"]) == (3, 2, "64.00", "34.00")
    names = ("code", "remedies", "complaints", "cost", "cost_each", "over_limit", "pending")
    assert [tuple(item[name] for name in names) for item in result["items"]] == [
        ("replacement", 1, 1, "20.00", "20.00", 0, 0),
        ("refund", 2, 1, "14.00", "14.00", 1, 1),
        ("apology", 1, 1, "0.00", "0.00", 0, 0),
    ]
    assert result["finding"] == "2 of 3 complaints were given something, at USD 17 each"
    assert sum(item["cost_share"] for item in result["items"]) == pytest.approx(1, abs=1e-5)


async def test_other_currencies_count_at_their_rate_or_are_reported_apart(past, complaint_database, clock):
    await past.remedy(await past.resolved(), "10", currency="EUR")
    await past.remedy(await past.resolved(), "10", currency="SEK")
    settings = Settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", rates='{"EUR": "1.10"}')
    app = create_app(settings, Resources(complaint_database, clock, Metrics("complaint")))
    token = await make_token(complaint_database, now=clock.now())
    async with make_client(app, token) as client:
        (item,) = (await client.get("/v1/complaints/reports/remedies")).json()["items"]
    assert (item["cost"], item["without_rate"]) == ("11.00", 1)


async def saved(report, **params):
    return await report("value-saved", **params)


async def test_only_complaints_resolved_in_time_saved_their_value(past, report):
    for amount, *steps in (
        ("100", (ACCEPT, 0), (COMPLETE, 1)),
        ("40", (ACCEPT, 0), (COMPLETE, 100)),
        ("7", (DECLINE, 1)),
        ("3", (ACCEPT, 0), (COMPLETE, 1), (CALL_BACK, 2, {"solved": False, "pleasant": False})),
        ("1000", (ACCEPT, 0)),
    ):
        complaint = await past.complaint(*steps)
        await past.outlook(complaint, amount)
        await past.remedy(complaint, "6")
    await past.resolved()
    result = await saved(report, handling_cost="5")
    (item,) = result["items"]
    names = ("complaints", "known", "resolved_in_time", "resolved_late", "unresolved", "open")
    assert [item[name] for name in names] == [6, 5, 2, 1, 2, 1]
    amounts = ("saved", "saved_late_at_most", "lost", "remedies", "handling", "net")
    assert [item[name] for name in amounts] == ["100.00", "40.00", "10.00", "30.00", "30.00", "40.00"]
    assert (result["saved"], result["cost"]) == ("100.00", "60.00")
    assert "not a proven effect" in result["note"]


async def test_groups_add_up_to_the_total(past, report):
    for number, category in enumerate(("product", "billing", "product")):
        complaint = await past.resolved(category=category, at=ago(days=40 * number + 3))
        await past.outlook(complaint, str(10 * number + 5))
    whole = (await saved(report))["saved"]
    for by in ("category", "month"):
        assert sum(Decimal(item["saved"]) for item in (await saved(report, by=by))["items"]) == Decimal(whole)
    assert (await saved(report))["items"][0]["handling"] is None


async def test_complaints_without_a_score_have_no_value(past, report):
    await past.resolved()
    assert (await saved(report))["finding"] == ("Nothing was resolved in time of which the expected value is known")


async def test_the_last_score_before_the_resolution_is_the_value_saved(past, report, complaint_database):
    complaint = await past.resolved()
    customer = (await past.get(complaint)).customer_id
    first, last = (make_outlook(complaint, saved=amount) for amount in ("20", "38.58"))
    for days, outlooks in ((3, [first]), (2, [last]), (1, [])):
        async with complaint_database.transaction() as session:
            await take_in(session, make_score(customer, occurred_at=ago(days=days), complaints=outlooks))
    assert (await saved(report))["saved"] == "38.58"
