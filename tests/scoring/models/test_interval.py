"""How sure a risk and a value are, once a model was fitted."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from uuid import uuid4

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heed_scoring import handlers
from heed_scoring.engine.features.features import features
from heed_scoring.engine.model import Population, from_json, prior, to_json
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.ledger.facts import fold
from heed_scoring.models.fitting.fitting import fit_model
from heed_scoring.models.versions.interval import Intervals, intervals
from tests.examples import examples
from tests.scoring.engine.test_score import seen
from tests.scoring.factories import NOON, as_batch, make_complaint, make_purchase
from tests.scoring.ledger.test_facts import ledgers
from tests.scoring.models.test_fitting import ask_and_work_off

END = date(2026, 3, 2)


@cache
def fitted(customers=600):
    """Learned from so many customers, all of one kind."""
    random = np.random.default_rng(7)
    histories = []
    for _ in range(customers):
        age = int(random.integers(30, 400))
        repeats = int(random.poisson(age / 60)) if random.random() < 0.7 else 0
        last = int(random.integers(1, age)) if repeats else 0
        histories.append((repeats, last, END - timedelta(days=age), Decimal(30 * repeats)))
    model = fit_model("mbg_nbd", histories, END, 1.0, Money()).model
    return replace(model, population=Population(customers, customers // 2))


def of(customer, model):
    return intervals(score([customer], model)[0], model)


@given(ledgers())
@examples(60)
def test_the_published_number_lies_within_its_interval(rows):
    result = score([features(fold(rows), day=NOON.date(), money=Money())], fitted())[0]
    found = intervals(result, fitted())
    assert Decimal(found.risk.low) <= Decimal(result.risk.probability) <= Decimal(found.risk.high)
    if found.value is not None:
        assert Decimal(found.value.low) <= Decimal(result.value.amount) <= Decimal(found.value.high)


def test_more_customers_make_it_surer():
    customer = seen(*(make_purchase(uuid4(), days_ago=ago) for ago in (200, 100)))
    few, many = (of(customer, fitted(customers)).risk for customers in (60, 600))
    assert 0 < Decimal(many.high) - Decimal(many.low) < Decimal(few.high) - Decimal(few.low)


def test_before_the_first_fit_there_is_no_interval():
    nothing = {"churn_risk": "not_fitted", "value": "not_fitted"}
    assert of(seen(), prior(Money())) == Intervals(missing=tuple(nothing.items()))


def test_of_the_value_what_is_still_to_come_is_unsure():
    customer = seen(*(make_purchase(uuid4(), days_ago=ago, gross="50") for ago in (200, 100)))
    value, found = score([customer], fitted())[0].value, of(customer, fitted()).value
    assert Decimal(value.current) < Decimal(found.low) < Decimal(value.amount) < Decimal(found.high)
    assert dict(of(customer, fitted(60)).missing) == {"value": "not_from_purchases"}


def test_a_potential_that_is_not_reckoned_from_purchases_has_no_interval():
    found = of(seen(), fitted())
    assert found.value is None
    assert dict(found.missing) == {"value": "not_from_purchases"}


def test_how_sure_the_fit_is_stays_with_the_model():
    model = fitted()
    assert from_json(to_json(model)).covariance == model.covariance
    assert from_json(to_json(model)).version == model.version
    assert np.array(model.covariance).shape == (4, 4)
    assert replace(model, covariance=None).version != model.version


@pytest.mark.asyncio
async def test_a_reader_gets_the_interval_or_the_reason_why_there_is_none(client, resources):
    customer_id = uuid4()
    async with resources.database.transaction() as session:
        batch = as_batch([make_purchase(customer_id), make_complaint(customer_id)])
        await handlers.process_batch(session, batch, clock=resources.clock)
    score = (await client.get(f"/v1/scores/{customer_id}")).json()
    assert (score["churn_risk"]["interval"], score["value"]["interval"]) == (None, None)
    assert score["coverage"]["no_interval"] == {"churn_risk": "not_fitted", "value": "not_fitted"}
    (item, _) = (await client.get(f"/v1/scores/{customer_id}/history")).json()["items"]
    assert item["coverage"]["no_interval"] == {"churn_risk": "history", "value": "history"}


@given(st.integers(0, 3))
@examples(4)
def test_an_open_complaint_moves_the_interval_with_the_risk(days):
    customer_id = uuid4()
    bought = [make_purchase(customer_id, days_ago=ago) for ago in (200, 100 + days)]
    calm, upset = (of(seen(*events), fitted()) for events in (bought, [*bought, make_complaint(customer_id)]))
    assert Decimal(upset.risk.low) > Decimal(calm.risk.low)
    assert Decimal(upset.risk.high) > Decimal(calm.risk.high)


@pytest.mark.slow
@pytest.mark.asyncio
async def test_once_a_model_was_learned_the_risk_is_shown_with_its_interval(client, resources):
    ids = [uuid4() for _ in range(12)]
    bought = [make_purchase(one, days_ago=ago) for n, one in enumerate(ids) for ago in range(10, 40 + 9 * n, 21)]
    async with resources.database.transaction() as session:
        await handlers.process_batch(session, as_batch(bought), clock=resources.clock)
    fit = await ask_and_work_off(resources, promote=True)
    assert (fit.state, fit.problem) == ("done", None)
    score = (await client.get(f"/v1/scores/{ids[-1]}")).json()
    interval, risk = score["churn_risk"]["interval"], score["churn_risk"]["probability"]
    assert 0 < interval["low"] < risk < interval["high"] < 1
    assert interval["level"] == 0.9
    assert score["coverage"]["no_interval"] == {"value": "not_from_purchases"}
