"""Rules of all reports: formats, languages, periods, permissions, and which complaints count."""

import csv
import io
from datetime import timedelta

import pytest

from heed_complaint.reporting.reports.pareto.schemas import ParetoRow
from tests.common.sample_app import make_client, make_token
from tests.complaint.reporting.reports.cases import ACCEPT, ago

pytestmark = pytest.mark.asyncio

REPORTS = [
    *("pareto", "value-saved", "sla-attainment", "resolution-rates", "times"),
    *("remedies", "fairness", "repurchase-ladder", "trends"),
]
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize("name", REPORTS)
async def test_without_complaints_there_is_nothing_to_report_but_a_heading(client, report, name):
    result = await report(name)
    assert (result["complaints"], result["confidential"]) == (0, 0)
    assert result["finding"] in {
        "There is nothing to report yet",
        "There are too few resolved complaints to compare like with like",
    }
    assert (await report(name, language="zh"))["finding"] != result["finding"]
    table = (await client.get(f"/v1/complaints/reports/{name}.csv")).text.removeprefix("\ufeff")
    heading, *rows = csv.reader(io.StringIO(table))
    assert len(heading) > 5
    assert len(rows) == len(result["items"])


@pytest.mark.parametrize("name", REPORTS)
async def test_each_report_is_a_table_and_a_plot_too(client, past, name):
    await past.resolved(hours=1, at=ago(days=20))
    await past.complaint((ACCEPT, 0), at=ago(days=3))
    for kind, media, begins in (
        ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbf"),
        ("png", "image/png", PNG),
        ("svg", "image/svg+xml", b"<?xml"),
    ):
        response = await client.get(f"/v1/complaints/reports/{name}.{kind}", headers={"Accept-Language": "zh"})
        assert (response.status_code, response.headers["content-type"]) == (200, media)
        assert response.content.startswith(begins)
        assert response.headers["content-language"] == "zh"
        assert response.headers["vary"].split(", ")[0] == "Accept-Language"


async def test_there_are_no_other_formats(client):
    assert (await client.get("/v1/complaints/reports/pareto.xls")).status_code == 422


@pytest.mark.parametrize("name", REPORTS)
async def test_reports_need_the_scope_to_read_complaints(app, complaint_database, clock, name):
    token = await make_token(complaint_database, now=clock.now(), scopes=frozenset({"scores:read"}))
    async with make_client(app, token) as stranger:
        for path in (name, f"{name}.csv", f"{name}.png"):
            assert (await stranger.get(f"/v1/complaints/reports/{path}")).status_code == 403


async def test_confidential_complaints_do_not_count_for_callers_who_may_not_see_them(
    app, complaint_database, clock, past, report
):
    await past.resolved()
    await past.resolved(confidential=True)
    assert (await report("pareto"))["complaints"] == 2
    assert (await report("pareto"))["confidential"] == 1
    token = await make_token(complaint_database, now=clock.now(), scopes=frozenset({"complaints:read"}))
    async with make_client(app, token) as clerk:
        for name in REPORTS:
            result = (await clerk.get(f"/v1/complaints/reports/{name}")).json()
            assert (result["complaints"], result["confidential"]) == (1, None)


@pytest.mark.parametrize("name", REPORTS)
async def test_other_kinds_of_cases_and_merged_complaints_do_not_count(past, report, name):
    counts = await past.resolved()
    await past.resolved(kind="enquiry")
    await past.change(await past.resolved(), merged_into=counts)
    assert (await report(name))["complaints"] == 1


async def test_both_ends_of_a_period_are_included_in_the_organisation_s_time_zone(past, report):
    for hours in (0, 12, 36, 60):
        await past.resolved(at=ago(days=10, hours=hours))
    for since, until, expected in [
        ("2026-02-20", "2026-02-20", 2),
        ("2026-02-19", "2026-02-20", 3),
        ("2026-02-18", "2026-03-02", 4),
    ]:
        result = await report("pareto", **{"from": since, "until": until})
        assert (result["complaints"], result["from"], result["until"]) == (expected, since, until)


async def test_a_report_covers_a_year_by_default(past, report):
    await past.resolved(at=ago(days=364) - timedelta(hours=11))
    await past.resolved(at=ago(days=366))
    result = await report("times")
    assert (result["from"], result["until"], result["complaints"]) == ("2025-03-03", "2026-03-02", 1)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"from": "2026-02-02", "until": "2026-02-01"}, "period_invalid"),
        ({"until": "2026-03-03"}, "period_invalid"),
        ({"from": "1700000000"}, "validation_failed"),
        ({"from": "1899-12-31"}, "validation_failed"),
        ({"tier": "Z"}, "validation_failed"),
        ({"severity": "huge"}, "validation_failed"),
        ({"category": "=1+1"}, "validation_failed"),
        ({"by": "weather"}, "validation_failed"),
    ],
)
async def test_invalid_queries_are_refused(client, params, code):
    response = await client.get("/v1/complaints/reports/pareto", params=params)
    assert (response.status_code, response.json()["code"]) == (422, code)


async def test_filters_select_the_complaints(past, report):
    ann = await past.customer(tier="A", region="north", kind="individual")
    await past.resolved(customer_id=ann, category="delivery", channel="web", product="kettle")
    await past.resolved(category="delivery.late", severity="critical", service_point_id="harbour")
    await past.resolved(category="product")
    for params, expected in [
        ({"category": "delivery"}, 2),
        ({"category": "delivery.late"}, 1),
        ({"severity": "critical"}, 1),
        ({"channel": "web"}, 1),
        ({"product": "kettle"}, 1),
        ({"service_point_id": "harbour"}, 1),
        ({"tier": "A"}, 1),
        ({"tier": "B"}, 0),
        ({"region": "north", "customer_kind": "individual"}, 1),
    ]:
        assert (await report("pareto", **params))["complaints"] == expected, params


async def test_a_merged_customer_has_the_tier_of_the_survivor(past, report):
    survivor, member = await past.customer(tier="A"), await past.customer(tier="D")
    await past.merge(member, survivor)
    await past.resolved(customer_id=member)
    assert [item["code"] for item in (await report("times", by="tier"))["items"]] == ["A"] * 3


async def test_labels_are_those_of_the_taxonomy_in_the_language_of_the_caller(past, report):
    await past.resolved(category="delivery.late_again")
    assert (await report("pareto"))["items"][0]["label"] == "Delivery"
    assert (await report("pareto", by="subcategory"))["items"][0]["label"] == "Delivery: late again"
    assert (await report("pareto", language="zh"))["items"][0]["label"] == "配送"


async def test_cells_that_a_spreadsheet_would_execute_are_neutralized(client, past):
    await past.resolved(product='=HYPERLINK("http://x")')
    await past.resolved(product="@SUM(A1)")
    await past.resolved(product="+1")
    text = (await client.get("/v1/complaints/reports/times.csv", params={"by": "product"})).text
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert {row["code"] for row in rows} == {'\'=hyperlink("http://x")', "'@sum(a1)", "'+1"}
    assert not any(row["label"].startswith(("=", "@")) for row in rows)


async def test_the_table_and_the_json_have_the_same_numbers(client, past, report):
    await past.remedy(await past.resolved(), "12.50")
    text = (await client.get("/v1/complaints/reports/pareto.csv")).text
    (row,) = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    assert list(row) == list(ParetoRow.model_fields)
    assert {name: str(value) for name, value in (await report("pareto"))["items"][0].items()} == row
