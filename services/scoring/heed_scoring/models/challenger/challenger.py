"""Challenger: a churn risk learned from outcomes, compared with the champion on customers of a later day.

Learned with the cut at one day, judged at another 90 days later, so that no outcome of the training lies after
the day of the test. The tested model itself is promoted; it is not refitted afterwards.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from heed_measures import churn_classifier, evaluation
from heed_measures.arrays import Floats
from heed_measures.beta_geometric import MBG_NBD
from heed_measures.errors import MeasureError
from heed_scoring.engine.churn.churn import purchase_features
from heed_scoring.engine.decimal_text import PROBABILITY_DIGITS
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Calibrated, Model
from heed_scoring.engine.money import Money
from heed_scoring.engine.score import score
from heed_scoring.models.outcomes import repository
from heed_scoring.models.outcomes.point_in_time import HORIZON, features_as_of
from heed_scoring.models.outcomes.repository import OutcomeCounts
from heed_scoring.models.subprocess_pool import run_in_process
from heed_scoring.models.versions import repository as models_repository

CALIBRATED = "calibrated"
"""Algorithm name of a calibrated challenger."""
PURCHASE_MODEL = "mbg_nbd"
MIN_CUSTOMERS = 1000
MIN_PER_OUTCOME = 100
"""With fewer of either outcome an AUC is off by .03 and more by chance alone."""
MAX_CUSTOMERS = 100_000
"""More would not improve the fit but occupy the worker: larger shops are sampled."""
YESTERDAY = timedelta(days=-1)


class TooFewOutcomes(MeasureError):
    """There are too few customers with a known outcome."""

    code = "too_few_outcomes"


class TrainTestDates(NamedTuple):
    """Days of training and test, the last day with complete purchases, and the sampling of customers."""

    learned_on: date
    judged_on: date
    known_until: date
    every: int = 1
    """Use one customer in `every`."""


class TrainingExamples(NamedTuple):
    """Training data of customers with a purchase by the cut, (n,) each: history in weeks, and whether they left."""

    x: Floats
    tx: Floats
    age: Floats
    own_margin: Floats
    left: Floats


class ModelComparison(NamedTuple):
    """Quality of two models on the same customers."""

    customers: int
    left: int
    challenger: dict[str, float]
    champion: dict[str, float]

    @property
    def better(self) -> bool:
        """Return whether the challenger has the lower Brier score and the higher AUC."""
        return self.challenger["brier"] < self.champion["brier"] and self.challenger["auc"] > self.champion["auc"]


class Challenge(NamedTuple):
    """A challenger, whether it is better than the champion, and the diagnostics of the comparison."""

    model: Model
    better: bool
    diagnostics: dict[str, Any]


async def has_enough_outcomes(session: AsyncSession, *, today: date) -> bool:
    """Return whether there are enough outcomes for training and test."""
    cuts = await _train_test_dates(session, until=None, today=today)
    return cuts is not None and are_enough(await _count_outcomes(session, cuts))


def are_enough(found: Sequence[OutcomeCounts]) -> bool:
    """Return whether both days have enough customers of either outcome."""
    return all(
        outcomes.customers >= MIN_CUSTOMERS
        and min(outcomes.stayed_away, outcomes.customers - outcomes.stayed_away) >= MIN_PER_OUTCOME
        for outcomes in found
    )


async def fit_challenger(
    session: AsyncSession, *, model: Model, champion: Model, until: date | None, penalty: float, today: date
) -> Challenge:
    """Return the model with a churn risk learned from outcomes, and its comparison with the champion.

    Raises `TooFewOutcomes`, and the measures' errors where there is nothing to learn.
    """
    cuts = await _train_test_dates(session, until=until, today=today)
    if cuts is None or not are_enough(known := await _count_outcomes(session, cuts)):
        raise TooFewOutcomes
    cuts = cuts._replace(every=max(1, known[1].customers // MAX_CUSTOMERS))
    examples = await _examples(session, cuts, money=model.money)
    challenger = replace(model, calibrated=await run_in_process(fit_examples, examples, penalty))
    verdict = await _compare(session, challenger, champion, cuts)
    return Challenge(challenger, verdict.better, _diagnostics(cuts, examples, verdict, champion))


def fit_examples(examples: TrainingExamples, penalty: float) -> Calibrated:
    """Fit the calibrated risk; without I/O, so that it can run in a child process."""
    x, tx, age, own_margin, left = examples
    purchase = MBG_NBD.fit(x, tx, age, penalty=penalty)
    seen = purchase_features(purchase, x, tx, age, own_margin)
    return Calibrated(purchase, churn_classifier.fit(seen, left))


async def _train_test_dates(session: AsyncSession, *, until: date | None, today: date) -> TrainTestDates | None:
    """Return the days, counted back from the last complete one; None without purchases."""
    last = await models_repository.last_purchase_day(session)
    if last is None:
        return None
    known_until = min(until or last, last, today + YESTERDAY)
    return TrainTestDates(known_until - 2 * HORIZON, known_until - HORIZON, known_until)


async def _count_outcomes(session: AsyncSession, cuts: TrainTestDates) -> tuple[OutcomeCounts, OutcomeCounts]:
    learned = await repository.count_outcomes(session, day=cuts.learned_on)
    return learned, await repository.count_outcomes(session, day=cuts.judged_on)


async def _examples(session: AsyncSession, cuts: TrainTestDates, *, money: Money) -> TrainingExamples:
    rows: list[tuple[float, ...]] = []
    async for seen, left in _buyers(session, cuts.learned_on, cuts, money=money):
        rows += [
            (one.purchase_days - 1, one.first_to_last / 7, one.age / 7, one.own_margin, gone)
            for one, gone in zip(seen, left, strict=True)
        ]
    return TrainingExamples(*np.array(rows, dtype=float).T)


async def _compare(session: AsyncSession, challenger: Model, champion: Model, cuts: TrainTestDates) -> ModelComparison:
    """Return the quality of both models on all customers with a purchase by the later day."""
    predicted: tuple[list[int], list[int]] = ([], [])
    observed: list[bool] = []
    async for seen, left in _buyers(session, cuts.judged_on, cuts, money=challenger.money):
        for model, risks in zip((challenger, champion), predicted, strict=True):
            risks += [result.risk.millionths for result in score(seen, model)]
        observed += left
    figures = [_figures(np.array(risks) / 10**PROBABILITY_DIGITS, observed) for risks in predicted]
    return ModelComparison(len(observed), sum(observed), *figures)


async def _buyers(
    session: AsyncSession, day: date, cuts: TrainTestDates, *, money: Money
) -> AsyncIterator[tuple[list[Features], list[bool]]]:
    """Yield customers with a purchase by that day, as of then, with their outcomes, page by page."""
    last, days = min(day + HORIZON, cuts.known_until), await models_repository.business_days(session)
    async for page in repository.iterate_ledgers(session, until=last, every=cuts.every):
        looks = [
            features_as_of(rows, day=day, known_until=cuts.known_until, money=money, days=days) for _, rows in page
        ]
        found = [look for look in looks if look is not None and look.features.purchase_days > 0]
        if found:
            yield [look.features for look in found], [bool(look.no_purchase) for look in found]


def _figures(risk: Floats, observed: Sequence[bool]) -> dict[str, float]:
    return {"brier": evaluation.brier(risk, observed), "auc": evaluation.auc(risk, observed)}


def _diagnostics(
    cuts: TrainTestDates, examples: TrainingExamples, verdict: ModelComparison, champion: Model
) -> dict[str, Any]:
    return {
        "learned_on": cuts.learned_on.isoformat(),
        "learned_from": {"customers": len(examples.left), "left": int(examples.left.sum())},
        "judged_on": cuts.judged_on.isoformat(),
        "judged_by": {"customers": verdict.customers, "left": verdict.left},
        "challenger": verdict.challenger,
        "champion": verdict.champion | {"version": champion.version},
        "better": verdict.better,
    }
