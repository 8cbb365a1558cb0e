"""Reports of a few customers that can be counted by hand."""

from decimal import Decimal
from uuid import UUID

import pytest
import pytest_asyncio

from heed_common.contracts.customer import ReturnReason
from heed_scoring import handlers
from tests.common.sample_app import make_client, make_token
from tests.scoring.factories import (
    as_batch,
    make_complaint,
    make_merge,
    make_purchase,
    make_response,
    make_return,
    received,
)

pytestmark = pytest.mark.asyncio

REPORTS = ["value-pyramid", "leaky-bucket", "retention", "migration", "value-at-risk", "clusters", "rfm"]
ANN, BOB, CAT, DAN, EVE, FAY = (UUID(int=number) for number in range(1, 7))


async def report(client, name, *, language="en", **query):
    answer = await client.get(f"/v1/portfolio/{name}", params=query, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", REPORTS)
async def test_an_empty_company_gets_an_empty_report(client, name):
    empty = await report(client, name)
    assert empty["finding"] in {
        "There is nothing to report yet", "No model has been fitted yet", "No customer was active on either day",
        "No customer came in these periods", "No customer had a score on both days",
    }  # fmt: skip
    assert await report(client, name, language="zh") != empty


@pytest.mark.parametrize("name", REPORTS)
async def test_reports_are_for_those_who_may_read_scores(app, resources, name):
    token = await make_token(resources.database, now=resources.clock.now(), scopes=["models:read"])
    async with make_client(app, token) as stranger:
        for path in (name, f"{name}.png"):
            assert (await stranger.get(f"/v1/portfolio/{path}")).status_code == 403


async def test_the_pyramid_adds_up_the_scores_of_each_tier(client, buy):
    await buy(ANN, "2026-02-20", "2026-02-27", gross="2000")
    await buy(BOB, "2026-02-20")
    await buy(CAT, "2026-02-25")
    shown = await report(client, "value-pyramid")
    scores = (await client.get("/v1/scores")).json()["items"]
    tiers = {tier["tier"]: tier for tier in shown["tiers"]}
    assert list(tiers) == ["A", "B", "C", "D"]
    assert [tiers[name]["customers"] for name in "ABCD"] == [1, 0, 2, 0]
    assert [tiers[name]["share"] for name in "ABCD"] == [0.333333, 0.0, 0.666667, 0.0]
    for name in "ABCD":
        mine = [score["value"] for score in scores if score["value"]["tier"] == name]
        for column, key in (("value", "amount"), ("current", "current"), ("potential", "potential")):
            assert Decimal(tiers[name][column]) == sum(Decimal(value[key]) for value in mine)
    assert tiers["A"]["current"] == "1600.00"
    assert Decimal(shown["value"]) == sum(Decimal(score["value"]["amount"]) for score in scores)
    assert Decimal(shown["value_at_risk"]) == sum(Decimal(score["value_at_risk"]["amount"]) for score in scores)
    assert "1 of 3 in tiers A and B" in shown["finding"]


@pytest_asyncio.fixture
async def bucket(buy, resources):
    """From 2 December 2025, with 90 days before it, to 2 March 2026."""
    await buy(ANN, "2025-11-20", "2026-02-20")  # stayed
    await buy(BOB, "2025-11-20", "2025-05-20")  # lost
    await buy(CAT, "2026-02-25")  # new
    await buy(DAN, "2025-05-20", "2026-02-25")  # won back
    await buy(EVE, "2025-05-20")  # in neither
    returned = make_purchase(FAY, days_ago=102)
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, as_batch([returned, make_return(returned)]), clock=resources.clock)


async def test_the_bucket_counts_customers_lost_won_and_retained(client, bucket):
    shown = await report(
        client, "leaky-bucket", **{"from": "2025-12-02", "until": "2026-03-02"}, acquisition_cost="12.5"
    )
    assert {name: shown[name]["customers"] for name in ("start", "lost", "won", "kept", "end")} == {
        "start": 2, "lost": 1, "won": 2, "kept": 1, "end": 3,
    }  # fmt: skip
    assert {name: shown[name]["margin"] for name in ("start", "lost", "won", "kept", "end")} == {
        "start": "120.00", "lost": "80.00", "won": "120.00", "kept": "40.00", "end": "200.00",
    }  # fmt: skip
    assert (shown["won"]["new"], shown["won"]["won_back"], shown["won"]["cost"]) == (1, 1, "25.00")
    assert shown["lost"]["margin_each"] == "80.00"
    assert shown["retention_rate"] == 0.5
    assert (shown["net_customers"], shown["net_margin"]) == (1, "40.00")
    assert shown["finding"] == "Lost and won differ by no more than chance: 1 customer lost, 2 won"


async def test_without_its_cost_winning_customers_has_none(client, bucket):
    assert (await report(client, "leaky-bucket"))["won"]["cost"] is None


async def test_what_was_unknown_at_the_start_is_not_invented(client, bucket):
    lost = (await report(client, "leaky-bucket"))["lost"]
    assert (lost["potential"], lost["potential_known_of"]) == (None, 0)


async def test_a_longer_window_calls_fewer_customers_lost(client, bucket):
    shown = await report(client, "leaky-bucket", window_days=365)
    assert [shown[name]["customers"] for name in ("start", "lost", "won", "kept", "end")] == [4, 0, 1, 4, 5]


async def test_the_lost_take_away_what_was_expected_of_them(client, buy, at_noon_of):
    at_noon_of("2025-12-02")
    await buy(BOB, "2025-11-20", "2025-12-01")
    await buy(ANN, "2025-11-20")
    then = (await client.get(f"/v1/scores/{BOB}")).json()["value"]["potential"]
    at_noon_of("2026-03-10")
    await buy(ANN, "2026-03-09")
    shown = await report(client, "leaky-bucket", **{"from": "2025-12-02"})
    assert (shown["lost"]["potential"], shown["lost"]["potential_known_of"]) == (then, 1)
    assert shown["kept"]["customers"] == 1


async def test_cohorts_are_followed_through_whole_months(client, buy):
    await buy(ANN, "2025-12-05", "2025-12-20", "2026-01-31", "2026-02-01")
    await buy(BOB, "2025-12-31", "2026-03-01")  # March is not over yet
    await buy(CAT, "2026-01-01", "2026-02-28")
    await buy(DAN, "2025-10-10", "2026-02-10")  # came before the first month shown
    await buy(EVE, "2026-03-01")
    shown = await report(client, "retention", cohort="month", periods=3)
    assert shown["through"] == "2026-02-28"
    assert [(cohort["start"], cohort["active"]) for cohort in shown["cohorts"]] == [
        ("2025-12-01", [2, 1, 1]),
        ("2026-01-01", [1, 1]),
    ]
    assert shown["cohorts"][0]["retained"] == [1.0, 0.5, 0.5]
    assert shown["overall"] == [1.0, 0.666667, 0.5]
    assert shown["earlier_customers"] == 1


async def test_quarters_begin_with_january_april_july_and_october(client, buy):
    await buy(ANN, "2025-07-01", "2025-12-31")
    await buy(BOB, "2025-09-30")
    await buy(CAT, "2025-10-01")
    shown = await report(client, "retention", cohort="quarter", language="zh")
    assert [(cohort["label"], cohort["active"]) for cohort in shown["cohorts"]] == [
        ("2025年3季度", [2, 1]),
        ("2025年4季度", [1]),
    ]


async def test_migration_compares_what_was_in_force_on_both_days(client, buy, at_noon_of):
    at_noon_of("2026-01-10")
    await buy(ANN, "2026-01-09")
    await buy(BOB, "2026-01-09", gross="5000")
    await buy(CAT, "2026-01-09")
    at_noon_of("2026-02-10")
    await buy(ANN, "2026-02-09", gross="5000")
    await buy(DAN, "2026-02-09")
    at_noon_of("2026-03-02")
    shown = (await report(client, "migration", **{"from": "2026-01-10", "until": "2026-02-10"}))["tiers"]
    moved = {
        (row, column): count
        for row, counts in zip(shown["rows"], shown["customers"], strict=True)
        for column, count in zip(shown["columns"], counts, strict=True)
        if count
    }
    assert moved == {("C", "A"): 1, ("A", "A"): 1, ("C", "C"): 1, ("new", "C"): 1}
    assert (shown["up"], shown["stayed"], shown["down"], shown["new"]) == (1, 2, 0, 1)
    before = await report(client, "migration", **{"from": "2026-01-01", "until": "2026-01-10"})
    assert before["tiers"]["new"] == 3
    assert before["loyalty"]["new"] == 3


async def test_the_list_of_value_at_risk_has_reasons_and_pages(client, buy, resources):
    for customer_id in (ANN, BOB, CAT):
        await buy(customer_id, "2026-02-20", gross=str(100 * customer_id.int))
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, [received(make_complaint(CAT))], clock=resources.clock)
    first = await report(client, "value-at-risk", language="zh", limit=2)
    rest = await report(client, "value-at-risk", limit=2, cursor=first["next_cursor"])
    found = [*first["items"], *rest["items"]]
    scores = (await client.get("/v1/scores")).json()["items"]
    assert [item["customer_id"] for item in found] == [score["customer_id"] for score in scores]
    assert [item["value_at_risk"] for item in found] == [score["value_at_risk"]["amount"] for score in scores]
    assert found[0]["customer_id"] == str(CAT)
    assert (found[0]["reason"], found[0]["reason_label"]) == ("service", "服务")
    assert Decimal(first["total"]) == sum(Decimal(item["value_at_risk"]) for item in found)
    assert rest["next_cursor"] is None


async def test_migration_between_classes_of_loyalty_agrees_with_the_scores(client, buy, at_noon_of, resources):
    at_noon_of("2026-01-10")
    await buy(ANN, "2026-01-05", "2026-01-09")
    at_noon_of("2026-02-10")
    answer = make_response(ANN, level=5)
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, [received(answer)], clock=resources.clock)
    loyalty_class = (await client.get(f"/v1/scores/{ANN}")).json()["loyalty"]["class"]
    assert loyalty_class is not None
    matrix = (await report(client, "migration", **{"from": "2026-01-10", "until": "2026-02-10"}))["loyalty"]
    assert matrix["customers"][matrix["rows"].index("unknown")][matrix["columns"].index(loyalty_class)] == 1
    assert (sum(map(sum, matrix["customers"])), matrix["up"], matrix["down"], matrix["new"]) == (1, 0, 0, 0)


@pytest.mark.parametrize("name", ["leaky-bucket", "migration", "leaky-bucket.png"])
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "2026-03-02"}, "period_invalid"),
        ({"from": "2026-02-01", "until": "2026-02-01"}, "period_invalid"),
        ({"until": "2026-03-03"}, "period_invalid"),
        ({"from": "2026-13-01"}, "validation_failed"),
        ({"from": "0"}, "validation_failed"),
        ({"until": "2026-02-01T00:00:00Z"}, "validation_failed"),
        ({"from": "0001-01-01"}, "validation_failed"),
        ({"since": "2026-01-01"}, "validation_failed"),
    ],
)
async def test_a_period_that_cannot_be_is_refused(client, name, query, code):
    answer = await client.get(f"/v1/portfolio/{name}", params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_corrections_take_a_purchase_out_of_the_cohort(client, resources):
    bought = make_purchase(ANN, days_ago=40)
    wrong = make_return(bought, reason=ReturnReason.CORRECTION)
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, as_batch([bought, wrong]), clock=resources.clock)
    assert (await report(client, "retention"))["cohorts"] == []


async def test_merged_customers_count_as_one(client, buy, resources):
    await buy(ANN, "2025-11-20")
    await buy(BOB, "2026-02-20", gross="2000")
    await buy(CAT, "2025-12-05")
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, [received(make_merge(BOB, ANN))], clock=resources.clock)
    pyramid = await report(client, "value-pyramid")
    assert pyramid["customers"] == 2
    bucket = await report(client, "leaky-bucket", **{"from": "2025-12-02"})
    assert {name: bucket[name]["customers"] for name in ("start", "lost", "won", "kept", "end")} == {
        "start": 1, "lost": 0, "won": 1, "kept": 1, "end": 2,
    }  # fmt: skip
    cohorts = (await report(client, "retention"))["cohorts"]
    assert [cohort["active"] for cohort in cohorts] == [[1, 0, 0, 1], [1, 0, 0]]
    assert [item["customer_id"] for item in (await report(client, "value-at-risk"))["items"]] == [str(ANN), str(CAT)]
