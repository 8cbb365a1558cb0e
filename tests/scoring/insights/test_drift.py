"""A model is watched: whether its risks come true, and whether the customers still are those of its first day."""

import logging
from datetime import date, datetime, timedelta
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_common.metrics import Metrics
from heed_scoring import handlers
from heed_scoring.insights.drift import service
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.scoring.factories import NOON, as_batch, make_purchase

pytestmark = pytest.mark.asyncio

CUSTOMERS = 240


def purchases(random, *, since):
    """Everybody bought first a while ago; half of them come every month."""
    for number in range(1, CUSTOMERS + 1):
        first = random.randrange(since, since + 200)
        yield make_purchase(UUID(int=number), days_ago=first)
        if number % 2:
            yield from (make_purchase(UUID(int=number), days_ago=ago) for ago in range(first - 30, since - 30, -30))


async def take_in(database, clock, events):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=clock)


async def refresh(database, clock):
    walk = DailyRefresh()
    while True:
        async with database.transaction() as session:
            if not await walk(session, clock):
                return


async def watch(database, clock, look=None):
    """Until there is nothing more to look at; answers what was found of late."""
    look = look or service.DriftJob(Metrics("scoring"))
    while True:
        async with database.transaction() as session:
            if not await look(session, clock):
                return await service.get_report(session)


async def a_shop_on_its_first_day(database, clock):
    await take_in(database, clock, list(purchases(Random(3), since=10)))
    return await watch(database, clock)


async def test_on_its_first_day_a_model_notes_how_its_risks_are_spread(scoring_database):
    clock = FakeClock(NOON)
    found = await a_shop_on_its_first_day(scoring_database, clock)
    assert [look.value for look in found["shift"]] == [0.0]
    async with scoring_database.transaction() as session:
        frozen = (await models_repository.in_force(session)).diagnostics[service.REFERENCE_KEY]
    assert (frozen["day"], frozen["customers"]) == (NOON.date().isoformat(), CUSTOMERS)
    assert sum(frozen["shares"]) == pytest.approx(1)
    assert len(frozen["shares"]) == len(frozen["borders"]) + 1


async def test_customers_who_stay_as_they_are_raise_no_alarm(scoring_database, caplog):
    clock = FakeClock(NOON)
    await a_shop_on_its_first_day(scoring_database, clock)
    clock.advance(timedelta(days=3))
    await refresh(scoring_database, clock)
    found = await watch(scoring_database, clock)
    assert [look.day for look in found["shift"]] == [clock.now().date(), NOON.date()]
    assert found["shift"][0].value < 0.1
    assert found["alerts"] == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_shift_of_all_customers_to_silence_raises_an_alert(scoring_database, caplog):
    clock, metrics = FakeClock(NOON), Metrics("scoring")
    look = service.DriftJob(metrics)
    await a_shop_on_its_first_day(scoring_database, clock)
    clock.advance(timedelta(days=60))
    await refresh(scoring_database, clock)
    found = await watch(scoring_database, clock, look)
    assert found["shift"][0].value > service.LIMITS[service.SHIFT]
    assert found["alerts"] == ["shift"]
    assert "shift of the churn risks" in caplog.text
    assert "heed_risk_shift" in metrics.render().decode()
    caplog.clear()
    await watch(scoring_database, clock, look)
    assert caplog.text == ""


async def test_before_everybody_has_the_score_of_the_day_nothing_is_looked_at(scoring_database):
    clock = FakeClock(NOON)
    await a_shop_on_its_first_day(scoring_database, clock)
    clock.advance(timedelta(days=1))
    assert len((await watch(scoring_database, clock))["shift"]) == 1
    await refresh(scoring_database, clock)
    assert len((await watch(scoring_database, clock))["shift"]) == 2


async def test_a_handful_of_customers_raises_no_alert(scoring_database):
    clock = FakeClock(NOON)
    await take_in(scoring_database, clock, [make_purchase(UUID(int=number)) for number in range(1, 20)])
    (look,) = (await watch(scoring_database, clock))["shift"]
    assert (look.customers, look.value) == (19, None)


PUBLISH = text("""
    INSERT INTO history (customer_id, recorded_at, document)
    SELECT customer_id, :at, '{"churn_risk":{"probability":' || CAST(:risk AS text) || '}}'
    FROM customer ON CONFLICT DO NOTHING
""")
END_OF_OCTOBER = date(2025, 10, 31)


async def forecasts_of_october(database, clock, *, risk, come_back):
    """1,200 customers with that risk in October; so many of them bought again within 90 days."""
    first = [make_purchase(UUID(int=number), occurred_at=datetime(2025, 9, 5, 12, tzinfo=NOON.tzinfo))
             for number in range(1, 1201)]  # fmt: skip
    again = [make_purchase(UUID(int=number), occurred_at=datetime(2026, 1, 29, 23, tzinfo=NOON.tzinfo))
             for number in range(1, come_back + 1)]  # fmt: skip
    too_late = [make_purchase(UUID(int=number), occurred_at=datetime(2026, 1, 30, 1, tzinfo=NOON.tzinfo))
                for number in range(1, 1201)]  # fmt: skip
    await take_in(database, clock, first + again + too_late)
    async with database.transaction() as session:
        await session.execute(PUBLISH, {"at": datetime(2025, 10, 31, 23, 59, tzinfo=NOON.tzinfo), "risk": str(risk)})
        # A score of the first of the next month is none of October's.
        await session.execute(PUBLISH, {"at": datetime(2025, 11, 1, tzinfo=NOON.tzinfo), "risk": str(1 - risk)})


@pytest.mark.slow
@pytest.mark.parametrize(("come_back", "gap"), [(300, 0.0), (840, 0.45)], ids=["it came true", "it did not"])
async def test_a_month_is_held_against_what_happened_in_the_90_days_after_it(scoring_database, caplog, come_back, gap):
    clock = FakeClock(NOON)
    await forecasts_of_october(scoring_database, clock, risk=0.75, come_back=come_back)
    found = await watch(scoring_database, clock)
    october = found["calibration"][-1]
    assert (october.day, october.customers) == (END_OF_OCTOBER, 1200)
    assert october.detail["said"] == pytest.approx(0.75)
    assert october.detail["happened"] == pytest.approx(1 - come_back / 1200)
    assert october.value == pytest.approx(gap)
    assert ("calibration of the churn risks on 2025-10-31" in caplog.text) is (gap > 0)
    # All have the same risk, so they are one group.
    assert [group["customers"] for group in october.detail["groups"]] == [1200]


async def test_what_was_found_is_shown_to_callers(client, scoring_database, clock):
    await take_in(scoring_database, clock, list(purchases(Random(3), since=10)))
    await watch(scoring_database, clock)
    answer = await client.get("/v1/models/drift")
    assert answer.status_code == 200
    report = answer.json()
    assert report["limits"] == {"shift": 0.25, "calibration": 0.1}
    (look,) = report["shift"]
    assert (look["day"], look["model_version"], look["figure"]) == ("2026-03-02", "prior-1", 0.0)
    assert report["calibration"] == report["alerts"] == []
