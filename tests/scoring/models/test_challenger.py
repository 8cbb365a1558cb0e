"""A churn risk learned from outcomes speaks only if it was better for customers of a later day."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
import pytest_asyncio
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_measures import churn_classifier
from heed_measures.beta_geometric import BGParameters
from heed_scoring import handlers
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import PRIOR, Calibrated, from_json, prior, to_json
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.ledger.facts import fold
from heed_scoring.models.challenger import challenger
from heed_scoring.models.fitting import fitting, schedule
from heed_scoring.models.outcomes import repository
from heed_scoring.models.outcomes.repository import OutcomeCounts
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions import service as models_service
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase, received
from tests.scoring.models.test_schedule import THREE

CUSTOMERS = 1100
CUSTOMER = UUID(int=1)


def shop(random):
    """Half of the customers spend much and come every six weeks; the others were curious, and come once more or not."""
    for number in range(1, CUSTOMERS + 1):
        since, faithful = random.randrange(190, 500), random.random() < 0.5
        days = {since}
        if faithful:
            days |= {ago for ago in range(since, 0, -random.randrange(25, 60)) if random.random() < 0.9}
        elif random.random() < 0.5:
            days.add(random.randrange(1, since))
        gross = random.uniform(80, 120) if faithful else random.uniform(5, 15)
        yield from (make_purchase(UUID(int=number), days_ago=ago, gross=f"{gross:.2f}") for ago in days)


@pytest_asyncio.fixture
async def database(scoring_database):
    events = list(shop(Random(5)))
    for start in range(0, len(events), 1000):
        async with scoring_database.transaction() as session:
            await handlers.process_batch(session, as_batch(events[start : start + 1000]), clock=FakeClock(NOON))
    return scoring_database


async def learn(database, **overrides):
    """Request a fit, run it and return it."""
    request = {"algorithm": "calibrated", "observed_until": None, "penalty": 1.0, "promote": True} | overrides
    async with database.transaction() as session:
        fit = await fitting.request_fit(session, now=NOON, **request)
        await fitting.run_fit(session, fit, money=Money(), clock=FakeClock(NOON))
        return fit


async def roles(database):
    async with database.transaction() as session:
        return {model["version"]: model["role"] for model in await models_service.list_versions(session)}


async def stored(database, version):
    async with database.transaction() as session:
        return await models_repository.get_model(session, version)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_better_challenger_is_promoted_and_one_that_is_no_better_is_not(database):
    first = await learn(database)
    assert (first.state, first.problem) == ("done", None)
    assert await roles(database) == {first.model_version: "champion", "prior-1": "former"}
    model = await stored(database, first.model_version)
    calibration = model.diagnostics["calibration"]
    assert (calibration["learned_on"], calibration["judged_on"]) == ("2025-09-02", "2025-12-01")
    assert calibration["challenger"]["brier"] < calibration["champion"]["brier"]
    assert calibration["challenger"]["auc"] > calibration["champion"]["auc"]
    assert calibration["champion"]["version"] == "prior-1"
    assert calibration["judged_by"]["customers"] > CUSTOMERS / 2
    assert (await stored(database, "prior-1")).diagnostics["last_challenge"] == calibration
    # Learned again of the same it is the same, and goes on speaking.
    same = await learn(database)
    assert (same.problem, same.model_version) == (None, first.model_version)
    # Another one with the same forecast for every customer: exactly as good is not better.
    again = await learn(database, penalty=1.0001)
    assert (again.state, again.problem) == ("done", "not_better_than_champion")
    assert (await roles(database))[first.model_version] == "champion"
    assert (await roles(database))[again.model_version] == "challenger"
    assert not (await stored(database, again.model_version)).diagnostics["calibration"]["better"]


@pytest.mark.asyncio
async def test_callers_see_which_version_is_champion_and_may_request_a_challenger(client):
    (built_in,) = (await client.get("/v1/models")).json()["items"]
    assert (built_in["version"], built_in["role"]) == ("prior-1", "champion")
    response = await client.post("/v1/models:fit", json={"model": "calibrated", "promote": True})
    assert (response.status_code, response.json()["algorithm"]) == (202, "calibrated")


@pytest.mark.slow
@pytest.mark.asyncio
async def test_without_a_request_for_promotion_even_a_better_challenger_is_not_promoted(database):
    fit = await learn(database, promote=False)
    assert (fit.state, fit.problem) == ("done", None)
    assert await roles(database) == {fit.model_version: "challenger", "prior-1": "champion"}


@pytest.mark.slow
@pytest.mark.asyncio
async def test_the_nightly_fit_learns_a_challenger_and_the_next_night_preserves_it(database):
    clock = FakeClock(NOON)
    learned = []
    for fits in (2, 1):
        async with database.transaction() as session:
            await schedule.request_nightly_fit(session, at=THREE, clock=clock)
        for _ in range(fits):
            assert await work_off(database, clock)
            learned.append(await champion(database))
            clock.advance(timedelta(minutes=1))
        clock.advance(timedelta(days=1))
    plain, calibrated, preserved = learned
    assert plain.calibrated is None
    assert calibrated.calibrated is not None
    assert preserved.calibrated == calibrated.calibrated


async def work_off(database, clock):
    async with database.transaction() as session:
        return await fitting.run_next_fit(session, money=Money(), clock=clock)


async def champion(database):
    async with database.transaction() as session:
        return (await models_repository.in_force(session)).read()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_with_few_outcomes_nothing_is_learned_and_the_fit_has_the_reason(scoring_database):
    async with scoring_database.transaction() as session:
        batch = as_batch([make_purchase(CUSTOMER, days_ago=ago) for ago in (300, 200, 100, 1)])
        await handlers.process_batch(session, batch, clock=FakeClock(NOON))
        assert not await challenger.has_enough_outcomes(session, today=NOON.date())
    fit = await learn(scoring_database)
    assert (fit.state, fit.problem, fit.model_version) == ("failed", "too_few_outcomes", None)


@pytest.mark.asyncio
async def test_of_a_large_shop_always_the_same_part_is_looked_at(scoring_database):
    events = [make_purchase(UUID(int=number), days_ago=300) for number in range(1, 31)]
    async with scoring_database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(NOON))
        for size in (7, 100):
            pages = repository.iterate_ledgers(session, until=NOON.date(), size=size, every=10)
            seen = [(customer.int, len(rows)) async for page in pages for customer, rows in page]
            assert seen == [(10, 1), (20, 1), (30, 1)]


@pytest.mark.asyncio
async def test_merged_customers_are_one_customer_in_past_features(scoring_database):
    survivor, duplicate = UUID(int=1), UUID(int=2)
    events = [make_purchase(survivor, days_ago=300), make_purchase(duplicate, days_ago=150)]
    async with scoring_database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(NOON))
        await session.execute(text("UPDATE customer SET survivor_id = :root"), {"root": survivor})
        ((found,),) = [page async for page in repository.iterate_ledgers(session, until=NOON.date())]
        assert (found[0], len(found[1])) == (survivor, 2)
        # The survivor's coming back is the duplicate's purchase.
        day = NOON.date() - timedelta(days=200)
        assert await repository.count_outcomes(session, day=day) == OutcomeCounts(customers=1, stayed_away=0)


@pytest.mark.parametrize(
    ("customers", "stayed_away", "enough"),
    [(1000, 100, True), (1000, 900, True), (999, 500, False), (5000, 99, False), (5000, 4901, False)],
)
def test_a_thousand_customers_and_a_hundred_of_each_outcome_are_needed_on_both_days(customers, stayed_away, enough):
    plenty = OutcomeCounts(9000, 4000)
    for outcomes in ((plenty, OutcomeCounts(customers, stayed_away)), (OutcomeCounts(customers, stayed_away), plenty)):
        assert challenger.are_enough(outcomes) is enough


def learned_model():
    """As a fit leaves it, with numbers of ours."""
    parameters = churn_classifier.ClassifierParameters(
        features=tuple(churn_classifier.FEATURES),
        lowest=(-99.0,) * 6,
        highest=(99.0,) * 6,
        centre=(0.0,) * 6,
        scale=(1.0,) * 6,
        weights=(0.8, 0.3, 0.1, -0.4, -0.1, -0.2),
        intercept=0.2,
        predicted=(0.0, 0.3, 0.8, 1.0),
        observed=(0.0, 0.2, 0.9, 1.0),
    )
    return replace(prior(Money()), calibrated=Calibrated(PRIOR, parameters))


def seen(*events, on=NOON):
    rows = [ledger_rows(received(event, aggversion=place + 1))[0] for place, event in enumerate(events)]
    return features(fold(rows), day=on.date(), money=Money())


def risk(*events, on=NOON):
    return score([seen(*events, on=on)], learned_model())[0].risk


def test_stored_as_json_it_is_the_same_model_under_a_name_of_its_own():
    model = learned_model()
    assert from_json(to_json(model)) == model
    assert from_json(to_json(model)).version == model.version != prior(Money()).version
    other = replace(model, calibrated=replace(model.calibrated, purchase=BGParameters(0.6, 6.0, 0.9, 1.6)))
    assert other.version != model.version


def test_the_learned_risk_is_where_everything_else_starts_from_and_the_factors_still_add_up():
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (200, 100)]
    plain, complained = risk(*bought), risk(*bought, make_complaint(CUSTOMER))
    assert plain.probability != score([seen(*bought)], prior(Money()))[0].risk.probability
    assert complained.millionths > plain.millionths == complained.base
    result = score([seen(*bought, make_complaint(CUSTOMER))], learned_model())[0]
    parts = {part.factor: part.contribution for part in result.explanation().factors() if part.score == "churn_risk"}
    assert Decimal(parts["purchase_pattern"]) * 10**6 == plain.millionths
    assert sum(map(Decimal, parts.values())) == Decimal(complained.probability)


def test_time_without_a_purchase_raises_the_learned_risk_too():
    bought = [make_purchase(CUSTOMER, days_ago=ago) for ago in (200, 100)]
    risks = [risk(*bought, on=NOON + timedelta(days=days)).millionths for days in range(0, 400, 5)]
    assert risks == sorted(risks)
    assert risks[0] < risks[-1]


def test_a_customer_without_a_purchase_has_the_risk_of_a_new_customer_as_before():
    open_case = make_complaint(CUSTOMER)
    assert risk(open_case).base == score([seen(open_case)], prior(Money()))[0].risk.base


def test_a_customer_scored_alone_has_the_learned_risk_of_the_same_customer_among_many():
    customers = [
        seen(*(make_purchase(CUSTOMER, days_ago=(n * 37 + k * 61) % 700, gross=str(n + 1)) for k in range(n % 7)))
        for n in range(300)
    ]
    together = [result.risk for result in score(customers, learned_model())]
    assert [score([customer], learned_model())[0].risk for customer in customers] == together
