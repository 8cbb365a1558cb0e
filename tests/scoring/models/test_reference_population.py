"""A fit freezes what is much: tiers and the standard that indicators are measured by."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from heed_common.clock import FakeClock
from heed_measures.beta_geometric import BGParameters
from heed_scoring import handlers
from heed_scoring.engine.features.features import features
from heed_scoring.engine.loyalty import judgements
from heed_scoring.engine.model import Population
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.handlers import ledger_rows
from heed_scoring.insights.loyalty_weights import service as judging
from heed_scoring.ledger.facts import fold, from_json, to_json
from heed_scoring.models.fitting import fitting, reference_population
from tests.scoring.engine.test_score import FITTED
from tests.scoring.factories import NOON, as_batch, make_interaction, make_purchase, received

DAY = NOON.date()
PARAMETERS = text("SELECT parameters FROM model JOIN champion ON model_version = version")


def facts_of(customers, *, days_ago=(300, 40), currency="USD", worth=lambda n: n + 1):
    """So many customers, each of another worth."""
    return [
        to_json(
            fold(
                ledger_rows(received(make_purchase(UUID(int=n), days_ago=ago, gross=str(worth(n)), currency=currency)))[
                    0
                ]
                for ago in days_ago
            )
        )
        for n in range(customers)
    ]


def fitted_on(customers, repeaters, **given):
    purchase = BGParameters(0.525, 6.18, 0.891, 1.614, n=customers, repeaters=repeaters)
    return replace(FITTED, algorithm="mbg_nbd", purchase=purchase, population=Population(), **given)


def test_a_twentieth_of_the_customers_are_a_and_three_more_b():
    stored = facts_of(400)
    model = reference_population.with_reference_population(fitted_on(400, 400), stored, DAY)
    scores = score([features(from_json(one), day=DAY, money=model.money) for one in stored], model)
    tiers = [result.value.tier for result in scores]
    assert [tiers.count(tier) for tier in "ABCD"] == [20, 60, 320, 0]
    assert min(Decimal(result.value.amount) for result in scores if result.value.tier == "A") >= Decimal(
        model.tiers["A"]
    )


def test_few_customers_leave_the_tiers_as_they_are():
    model = reference_population.with_reference_population(fitted_on(40, 40), facts_of(40), DAY)
    assert model.tiers == {"A": "1000", "B": "300"}
    assert (model.population.customers, model.population.is_many) == (40, False)


def test_everybody_identical_is_everybody_in_one_tier():
    stored = facts_of(250, worth=lambda _: 17)
    model = reference_population.with_reference_population(fitted_on(250, 250), stored, DAY)
    scores = score([features(from_json(one), day=DAY, money=model.money) for one in stored], model)
    assert {result.value.tier for result in scores} == {"A"}


def test_the_standard_is_what_the_upper_fifth_reaches_of_those_whose_purchases_can_be_added_up():
    foreign = facts_of(50, currency="EUR", worth=lambda _: 10**6)
    model = reference_population.with_reference_population(fitted_on(100, 100), facts_of(101) + foreign, DAY)
    assert model.population.standard.purchase_days == 2
    assert model.population.standard.current == model.population.standard.gross_profit == 64.8


@pytest.mark.parametrize("stored", [[], facts_of(3, days_ago=(900,)), facts_of(3, worth=lambda _: 0)])
def test_without_purchases_there_is_no_reference_population(stored):
    assert reference_population.with_reference_population(fitted_on(3, 0), stored, DAY).population.standard is None


async def shop(database, customers):
    events = [make_purchase(uuid4(), days_ago=0)]
    for n in range(customers):
        customer_id = UUID(int=n + 1)
        days = (200, 150 - n % 90, 60 - n % 50)[: 1 + n % 3]
        events += [make_purchase(customer_id, days_ago=ago, gross=str(20 + n)) for ago in days]
        events.append(make_interaction(customer_id, kind="repair", cost=Decimal(1 + n % 7)))
    async with database.transaction() as session:
        await handlers.process_batch(session, as_batch(events), clock=FakeClock(NOON))


@pytest.mark.slow
@pytest.mark.asyncio
async def test_a_fit_freezes_them_into_the_model_and_preserves_the_judgements(scoring_database):
    clock = FakeClock(NOON)
    await shop(scoring_database, 210)
    equal = judgements.weights_from_judgements(
        judgements.DEFAULT_JUDGEMENTS | {"loyalty": (1,)}, attitude_cut=70, behaviour_cut=50
    )
    async with scoring_database.transaction() as session:
        await judging.put_judgements(session, judged=equal, if_match=-1, clock=clock)
    clock.advance(timedelta(minutes=1))
    async with scoring_database.transaction() as session:
        fit = await fitting.request_fit(
            session, algorithm="mbg_nbd", observed_until=None, penalty=1.0, promote=True, now=clock.now()
        )
        await fitting.run_fit(session, fit, money=Money(), clock=clock)
        assert (fit.state, fit.problem) == ("done", None)
    async with scoring_database.transaction() as session:
        frozen = (await session.execute(PARAMETERS)).scalar_one()
    assert judgements.from_json(frozen["loyalty"]) == equal
    assert frozen["population"]["customers"] == 211
    assert frozen["population"]["standard"]["service_cost"] == 6.0
    assert Decimal(frozen["tiers"]["A"]) > Decimal(frozen["tiers"]["B"]) > 0
