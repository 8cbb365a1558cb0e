"""Scores as the customer service sees them."""

from itertools import permutations
from uuid import uuid4

import pytest

from heed_customer.read_models.scores import service
from tests.complaint.factories.events import make_score
from tests.customer.events import receive
from tests.scoring.factories import received

pytestmark = pytest.mark.asyncio


async def test_the_newest_score_wins_in_any_order_of_arrival(session):
    orders = list(permutations((("C", 1), ("B", 2), ("A", 3))))
    for order in orders:
        ann = uuid4()
        for tier, version in order:
            await receive(session, received(make_score(ann, tier=tier), aggversion=version))
        scores = await service.load_scores(session, [ann])
        assert (scores[ann].tier, scores[ann].version) == ("A", 3)
    assert len(orders) == 6


async def test_of_several_scores_in_one_batch_the_newest_is_stored(session):
    ann, bob = uuid4(), uuid4()
    await receive(
        session,
        received(make_score(ann, tier="A"), aggversion=2),
        received(make_score(bob, tier="D"), aggversion=1),
        received(make_score(ann, tier="B"), aggversion=1),
    )
    scores = await service.load_scores(session, [ann, bob, uuid4()])
    assert {customer_id: score.tier for customer_id, score in scores.items()} == {ann: "A", bob: "D"}


async def test_risk_value_and_loyalty_are_stored_as_published(session):
    ann = uuid4()
    event = make_score(ann)
    await receive(session, received(event))
    score = (await service.load_scores(session, [ann]))[ann]
    assert (score.churn_band, score.churn_probability) == (event.churn_risk.band, event.churn_risk.probability)
    assert (score.value, score.value_at_risk, score.currency) == (event.value.amount, event.value_at_risk, "USD")
    assert (score.loyalty_class, score.lifecycle_stage) == ("latent", None)
