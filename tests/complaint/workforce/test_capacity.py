"""How much lies on the desk, and what a customer has to expect."""

from dataclasses import astuple
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_common.contracts.complaint import Severity
from heed_complaint.lifecycle.transitions.rules import Action
from heed_complaint.reference.service_catalogue.rules import HandlingProfile, suggested_severity
from heed_complaint.sla.clock import opening_hours
from heed_complaint.workforce.capacity import rules
from heed_complaint.workforce.capacity.rules import WaitingTime
from tests.complaint.factories.complaints import open_complaint
from tests.complaint.factories.workforce import assign, make_agent, move_as
from tests.conftest import NOON

DAY = timedelta(days=1)
WEEK = opening_hours.parse_opening_hours(
    "Asia/Shanghai", {day: [("09:00", "18:00")] for day in ("mon", "tue", "wed", "thu", "fri")}
)
HANDLINGS = st.builds(
    HandlingProfile, st.integers(1, 5), st.integers(1, 5), st.integers(1, 30 * 86_400), st.integers(0, 20)
)
WAITS = st.lists(st.builds(WaitingTime, st.floats(0, 1e6), st.booleans()), max_size=60)


@given(WAITS)
def test_a_forecast_has_its_interval_or_the_reason_why_there_is_none(waits):
    forecast = rules.forecast(waits)
    assert (forecast.cases, forecast.over) == (len(waits), sum(one.over for one in waits))
    assert (forecast.reason is None) == (forecast.over >= rules.MIN_CASES) == (forecast.median is not None)
    for expected in filter(None, (forecast.median, forecast.p90)):
        if expected.seconds is not None:
            assert expected.low is None or expected.low <= expected.seconds
            assert expected.high is None or expected.seconds <= expected.high


def test_who_still_waits_makes_the_expected_wait_longer():
    served = [WaitingTime(float(hour), over=True) for hour in range(1, 41)]
    waiting = [WaitingTime(50.0, over=False)] * 20
    alone, together = rules.forecast(served), rules.forecast([*served, *waiting])
    assert alone.median.seconds == 20
    assert together.median.seconds == 30
    assert together.median.low < 30 < together.median.high
    assert together.p90.seconds is None


def test_working_days_are_those_of_the_office():
    friday_evening = datetime(2026, 3, 6, 17, tzinfo=UTC)  # Saturday in Shanghai
    assert rules.working_days(WEEK, since=friday_evening - 7 * DAY, until=friday_evening) == 5
    assert rules.working_days(WEEK, since=friday_evening, until=friday_evening + 2 * DAY) == 0


@pytest.mark.asyncio
async def test_the_desk_sees_its_load_its_pace_and_what_to_expect(client, complaint_database, clock):
    async with complaint_database.transaction() as session:
        await make_agent(session, "ann", max_load=30)
        for day in range(24):
            case = await open_complaint(session, now=NOON - DAY, received_at=NOON - DAY - day * DAY / 24)
            case = (await assign(session, case, owner="ann", queue="general", now=NOON - DAY)).case
            case = await move_as(session, case, "ann", Action.ACCEPT, Action.CONTACT, now=NOON - DAY / 2)
            if day % 6:
                await move_as(session, case, "ann", Action.COMPLETE, now=NOON)
        await open_complaint(session, now=NOON, confidential=True)
    clock.advance(timedelta(seconds=1))
    seen = (await client.get("/v1/complaints/capacity")).json()
    assert seen["working_days"] == 20
    general, none = seen["queues"]
    assert (general["queue"], general["open"], general["unassigned"]) == ("general", 4, 0)
    assert (general["arrivals_per_working_day"], general["completions_per_working_day"]) == (1.2, 1.0)
    assert general["working_days_of_work"] == 4.0
    assert (none["queue"], none["open"], none["unassigned"]) == (None, 1, 1)
    (ann,) = seen["agents"]
    assert (ann["open"], ann["free"], ann["completions_per_working_day"]) == (4, 26, 1.0)
    everything, product = seen["expected"]
    assert (everything["category"], product["category"]) == (None, "product")
    assert (everything["contact"]["cases"], everything["contact"]["over"]) == (25, 24)
    median = everything["contact"]["median"]
    assert 12 * 3600 <= median["low"] <= median["seconds"] <= median["high"] <= 36 * 3600


@pytest.mark.asyncio
async def test_a_desk_without_history_has_no_forecast(client):
    seen = (await client.get("/v1/complaints/capacity")).json()
    (everything,) = seen["expected"]
    assert everything["resolution"] == {
        "cases": 0,
        "over": 0,
        "median": {"seconds": None, "low": None, "high": None},
        "p90": {"seconds": None, "low": None, "high": None},
        "reason": "Fewer than 20 such waits are over.",
    }
    assert [(queue["queue"], queue["working_days_of_work"]) for queue in seen["queues"]] == [("general", None)]


@given(HANDLINGS, HANDLINGS)
def test_a_riskier_harder_longer_handling_is_never_suggested_as_less_severe(one, other):
    worst = HandlingProfile(*(max(pair) for pair in zip(astuple(one), astuple(other), strict=True)))
    order = list(Severity)
    assert order.index(suggested_severity(worst)) >= order.index(suggested_severity(one))


@pytest.mark.asyncio
async def test_the_catalogue_suggests_a_severity_and_the_duration_where_there_is_no_history(client):
    path = "/v1/complaints/catalogue"
    entry = {"risk": 5, "difficulty": 4, "duration_seconds": 7200, "moments_of_truth": 3}
    assert (await client.get(f"{path}/product.fault")).json()["code"] == "not_in_catalogue"
    written = await client.put(f"{path}/product", json=entry)
    assert (written.status_code, written.json()["suggested_severity"]) == (201, "critical")
    assert (await client.get(f"{path}/product.fault")).json() == written.json()
    assert (await client.put(f"{path}/product", json=entry)).status_code == 428
    milder = await client.put(f"{path}/product", json=entry | {"risk": 2}, headers={"If-Match": '"1"'})
    assert (milder.json()["suggested_severity"], milder.headers["ETag"]) == ("minor", '"2"')
    assert [entry["category"] for entry in (await client.get(path)).json()["items"]] == ["product"]
    _, product = (await client.get("/v1/complaints/capacity")).json()["expected"]
    assert (product["category"], product["usual_seconds"]) == ("product", 7200)
    assert product["resolution"]["reason"] is not None


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [({"risk": 6}, "/risk"), ({"duration_seconds": 0}, "/duration_seconds"), ({"cost": 1}, "/cost")],
)
async def test_what_makes_no_sense_in_the_catalogue_is_refused_with_a_pointer(client, wrong, pointer):
    entry = {"risk": 5, "difficulty": 4, "duration_seconds": 7200, "moments_of_truth": 3} | wrong
    answer = await client.put("/v1/complaints/catalogue/product", json=entry)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    unknown = await client.put("/v1/complaints/catalogue/weather", json=entry)
    assert unknown.status_code == 422
