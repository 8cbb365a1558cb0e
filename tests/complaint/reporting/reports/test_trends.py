"""Report on trends."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.trends.rules import evaluate, periods
from heed_complaint.resolution.remedies.rules import ExchangeRates
from tests.complaint.reporting.reports.cases import ago
from tests.conftest import NOON

pytestmark = pytest.mark.asyncio


def scope(since, until, *, now=NOON, zone="UTC"):
    return Scope(since, until, zone, now, ExchangeRates("USD", {}), "en", True)


async def test_periods_at_both_ends_are_cut_to_the_report():
    found = periods(scope(date(2026, 1, 11), date(2026, 3, 2)), "month", since=date(2026, 1, 11))
    assert [(one.start, one.days) for one in found] == [
        (date(2026, 1, 1), 21), (date(2026, 2, 1), 28), (date(2026, 3, 1), 1.5),
    ]  # fmt: skip


async def test_a_week_begins_on_monday_and_a_day_of_changing_clocks_has_its_hours():
    now = datetime(2026, 6, 1, tzinfo=UTC)
    params = scope(date(2026, 3, 2), date(2026, 3, 15), now=now, zone="America/New_York")
    found = periods(params, "week", since=params.since)
    assert [(one.start, round(one.days, 4)) for one in found] == [
        (date(2026, 3, 2), round(7 - 1 / 24, 4)), (date(2026, 3, 9), 7),
    ]  # fmt: skip


days = st.dates(date(2024, 1, 1), date(2026, 3, 2))


@given(days, days, st.sampled_from(["week", "month"]))
async def test_periods_cover_the_report_once(one, two, every):
    since, until = min(one, two), max(one, two)
    params = scope(since, until)
    found = periods(params, every, since=since)
    assert sum(one.days for one in found) == pytest.approx((min(params.end, NOON) - params.start) / timedelta(days=1))
    assert [one.start for one in found] == sorted({one.start for one in found})


async def test_few_periods_have_no_limits():
    found = periods(scope(date(2026, 2, 2), date(2026, 3, 1)), "week", since=date(2026, 2, 2))
    judged, dispersion = evaluate(found, [1, 2, 3, 50], groups=1)
    assert dispersion is None
    assert [(one.count, one.low, one.signal) for one in judged] == [
        (1, None, None), (2, None, None), (3, None, None), (50, None, None),
    ]  # fmt: skip


async def test_a_bad_week_of_one_category_is_the_finding(past, report):
    for week in range(1, 13):
        await past.resolved(category="billing", at=ago(days=7 * week))
        for _ in range(12 if week == 2 else 1):
            await past.resolved(category="delivery", at=ago(days=7 * week))
    result = await report("trends", **{"from": "2025-12-08", "until": "2026-03-01"})
    signals = [
        (item["code"], item["start"], item["count"], item["signal"]) for item in result["items"] if item["signal"]
    ]
    assert ("delivery", "2026-02-16", 12, "above") in signals
    assert all(code in {None, "delivery"} for code, *_ in signals)
    assert "2026-02-16" in result["finding"]
    assert [group["code"] for group in result["groups"]] == [None, "delivery", "billing"]
    billing = [item for item in result["items"] if item["code"] == "billing"]
    assert [item["count"] for item in billing] == [1] * 12
    assert sum(item["expected"] for item in billing) == pytest.approx(12)


async def test_before_the_first_complaint_nothing_was_counted(past, report):
    for days in (1, 2, 15):
        await past.resolved(at=ago(days=days))
    result = await report("trends")
    assert result["items"][0]["start"] == "2026-02-09"
    assert result["finding"] == "Too few to tell what is ordinary: limits need 8 weeks and 5 complaints"
    assert all(item["signal"] is None for item in result["items"])


async def test_groups_add_up_to_all_complaints(past, report):
    for number, category in enumerate(("product", "billing", "product", "staff")):
        await past.resolved(category=category, at=ago(days=10 * number))
    result = await report("trends", every="month")
    for start in {item["start"] for item in result["items"]}:
        counts = {item["code"]: item["count"] for item in result["items"] if item["start"] == start}
        assert counts.pop(None) == sum(counts.values())
    assert result["groups"][0]["count"] == result["complaints"] == 4
