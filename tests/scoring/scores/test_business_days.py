"""Scores are computed for days of the organisation: what it sold on one evening was sold on one day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from heed_common.business_days import BusinessDays
from heed_common.clock import FakeClock
from heed_scoring import handlers
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import prior
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.ledger.facts import fold
from heed_scoring.scores import score_document, service
from heed_scoring.scores.daily_refresh import DailyRefresh
from tests.examples import examples
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase, make_return, received

CUSTOMER = UUID(int=1)
TICK = timedelta(microseconds=1)
AGREE = text("UPDATE champion SET time_zone = :zone")
SCORED_ON = text("SELECT scored_on FROM customer")
ZONES = ("America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Asia/Shanghai", "Pacific/Kiritimati", "UTC")


async def agree(database, zone):
    async with database.transaction() as session:
        await session.execute(AGREE, {"zone": zone})


async def take_in(database, clock, *events):
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=clock)


async def read(database, customer_id, *, now, at=None):
    async with database.transaction() as session:
        return await service.score_at(session, customer_id=customer_id, at=at, now=now)


def numbers(document):
    return {name: document[name] for name in ("churn_risk", "lifecycle", "value")}


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("zone", "first", "second"),
    [
        ("America/New_York", "2025-07-15T19:30-04:00", "2025-07-15T20:30-04:00"),
        ("Asia/Shanghai", "2026-01-15T07:30+08:00", "2026-01-15T08:30+08:00"),
        ("Asia/Tokyo", "2026-01-15T08:30+09:00", "2026-01-15T09:30+09:00"),
    ],
)
async def test_two_orders_of_one_evening_or_morning_are_one_purchase_day(scoring_database, clock, zone, first, second):
    twice, once = uuid4(), uuid4()
    await agree(scoring_database, zone)
    orders = [datetime.fromisoformat(written).astimezone(UTC) for written in (first, second)]
    assert orders[0].date() != orders[1].date()
    for order in orders:
        await take_in(scoring_database, clock, make_purchase(twice, gross="50", occurred_at=order))
    await take_in(scoring_database, clock, make_purchase(once, gross="100", occurred_at=orders[0]))
    one, other = [await read(scoring_database, customer, now=clock.now()) for customer in (twice, once)]
    assert numbers(one) == numbers(other)
    assert one["lifecycle"]["stage"] == "exploration"


@pytest.mark.asyncio
async def test_without_an_agreed_zone_days_are_utc_days(scoring_database, clock):
    order = datetime(2026, 1, 16, 0, 30, tzinfo=UTC)
    await take_in(scoring_database, clock, make_purchase(CUSTOMER, occurred_at=order - timedelta(hours=1)))
    await take_in(scoring_database, clock, make_purchase(CUSTOMER, occurred_at=order))
    document = await read(scoring_database, CUSTOMER, now=clock.now())
    assert document["lifecycle"]["stage"] == "formation"


moments = st.integers(0, 788 * 24 * 3600).map(
    lambda second: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
)
lives = st.lists(st.tuples(moments, st.booleans()), min_size=1, max_size=8)


def naive_noon(moment, zone):
    """Noon, in UTC, of the day that the offset from UTC gives."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    return datetime.combine((moment + offset).date(), datetime.min.time(), UTC) + timedelta(hours=12)


def life(bought, to_moment):
    """Purchases, returns, and complaints that were opened and completed at these moments."""
    ids, events = iter(range(10, 99)), []
    for moment, comes_back in bought:
        made = make_purchase(CUSTOMER, purchase_id=UUID(int=next(ids)), occurred_at=to_moment(moment))
        events.append(made)
        events += [make_return(made, return_id=UUID(int=next(ids)))] if comes_back else []
    moment = to_moment(bought[0][0])
    done = {"state": "completed", "opened_at": moment, "completed_at": moment, "within_target": False}
    return [*events, make_complaint(CUSTOMER, complaint_id=UUID(int=7), **done)]


def scored(events, *, days, at):
    rows = [handlers.ledger_rows(received(event, event_id=UUID(int=n)), days) for n, event in enumerate(events)]
    seen = features(fold(row for rows in rows for row in rows), day=days.day_of(at), money=Money())
    return score_document.serialize_numbers(score([seen], prior(Money()))[0])


@given(st.sampled_from(ZONES), lives, st.integers(0, 365 * 24 * 3600))
@examples(200)
def test_a_score_at_any_moment_is_that_of_days_converted_naively(zone, bought, later):
    at = NOON + timedelta(seconds=later)
    here = scored(life(bought, lambda moment: moment), days=BusinessDays.of(zone), at=at)
    utc = BusinessDays.of("UTC")
    assert here == scored(life(bought, lambda moment: naive_noon(moment, zone)), days=utc, at=naive_noon(at, zone))


async def refresh_all(database, clock):
    """Return how many pages it took."""
    refresh, pages = DailyRefresh(), 0
    while True:
        async with database.transaction() as session:
            if not await refresh(session, clock):
                return pages
        pages += 1


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 3, 8)),
        ("Asia/Shanghai", date(2026, 3, 8)),
        ("America/New_York", date(2026, 3, 8)),  # 23 hours
        ("America/New_York", date(2026, 11, 1)),  # 25 hours
        ("Asia/Beirut", date(2026, 3, 29)),  # without midnight
    ],
)
async def test_the_daily_refresh_and_readers_change_scores_at_the_local_midnight_only(scoring_database, zone, day):
    await agree(scoring_database, zone)
    days = BusinessDays.of(zone)
    clock = FakeClock(days.start_of(day - timedelta(days=1)))
    await take_in(scoring_database, clock, make_purchase(CUSTOMER, occurred_at=NOON - timedelta(days=40)))
    for today in (day, day + timedelta(days=1), day + timedelta(days=2)):
        midnight = days.start_of(today)
        clock.advance(midnight - TICK - clock.now())
        assert await refresh_all(scoring_database, clock) == 0
        before = await read(scoring_database, CUSTOMER, now=clock.now())
        clock.advance(TICK)
        after = await read(scoring_database, CUSTOMER, now=clock.now())
        assert after["churn_risk"]["probability"] > before["churn_risk"]["probability"]
        assert await refresh_all(scoring_database, clock) == 1
        async with scoring_database.transaction() as session:
            assert (await session.execute(SCORED_ON)).scalar_one() == today
        read_later = await read(scoring_database, CUSTOMER, at=midnight - TICK, now=clock.now())
        assert numbers(read_later) == numbers(before)


@pytest.mark.asyncio
async def test_an_event_after_the_local_midnight_carries_its_customer_into_the_new_day(scoring_database):
    await agree(scoring_database, "America/New_York")
    clock = FakeClock(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    await take_in(scoring_database, clock, make_purchase(CUSTOMER, occurred_at=NOON - timedelta(days=40)))
    for hours, expected in ((1, date(2026, 3, 2)), (5, date(2026, 3, 3))):
        clock.advance(timedelta(hours=hours))
        await take_in(scoring_database, clock, make_complaint(CUSTOMER))
        async with scoring_database.transaction() as session:
            assert (await session.execute(SCORED_ON)).scalar_one() == expected


@pytest.mark.asyncio
async def test_reports_and_what_if_mean_the_same_today(client, scoring_database, resources):
    await agree(scoring_database, "Asia/Shanghai")
    resources.clock.advance(timedelta(hours=5))  # It is the next day there.
    await take_in(scoring_database, resources.clock, make_purchase(CUSTOMER, occurred_at=NOON))
    tomorrow = str(NOON.date() + timedelta(days=1))
    rhythms = (await client.get(f"/v1/scores/{CUSTOMER}/rhythms")).json()
    assert rhythms["day"] == tomorrow
    bucket = (await client.get("/v1/portfolio/leaky-bucket")).json()
    assert bucket["until"] == tomorrow
    late = await client.get("/v1/portfolio/leaky-bucket", params={"until": "2026-03-04"})
    assert late.json()["code"] == "period_invalid"
    fit = await client.post("/v1/models:fit", json={"observed_until": tomorrow})
    assert fit.status_code == 202
    silent = (await client.post(f"/v1/scores/{CUSTOMER}:what-if", json={"no_purchase_for": "P1D"})).json()
    assert Decimal(str(silent["then"]["churn_risk"]["probability"])) > Decimal(
        str(silent["now"]["churn_risk"]["probability"])
    )
