"""How good the forecasts would have been: learned from the purchases up to a day, compared with what came after."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from math import inf
from types import ModuleType
from typing import Any

from heed_measures import bg_nbd, cross_validation, evaluation, gamma_gamma, mbg_nbd, pareto_nbd
from heed_measures.arrays import DAYS_PER_WEEK, Floats, Integers
from heed_measures.errors import InvalidInput, MeasureError
from heed_measures.purchase_log import Cohort, Holdout, PurchaseLog, followed, seen_by

MODELS: Mapping[str, ModuleType] = {"bg_nbd": bg_nbd, "mbg_nbd": mbg_nbd, "pareto_nbd": pareto_nbd}
SAME_AS_BEFORE = "same_as_before"
EVERYTHING = (*MODELS, SAME_AS_BEFORE)
LEARNED_RISKS = ("logistic", "calibrated")
"""From what happened, so each customer is forecast by the other four fifths; the second after the isotonic table."""
SHAPES = ("r", "alpha", "a", "b", "s", "beta")
FEW = 100
"""Where fewer came back, or fewer stayed away, an AUC is off by .03 and more by chance alone."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model says of each customer of a cohort (k,) about the days to come; nothing of them is known to it."""

    purchases: Floats
    risk: Floats | None
    """Of no purchase at all; None where the model does not say."""
    amount: Floats | None
    """None where nothing can be learned about amounts."""
    parameters: Mapping[str, float]
    log_likelihood: float | None = None
    converged: bool | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A tenth of the customers by their risk: what was said and what happened."""

    customers: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How one model did; None where it cannot be said, `problem` where the model could not be learned at all."""

    model: str
    problem: str | None = None
    parameters: Mapping[str, float] | None = None
    log_likelihood: float | None = None
    converged: bool | None = None
    auc_by_purchases: float | None = None
    auc_by_risk: float | None = None
    brier: float | None = None
    rmse: float | None = None
    purchases: float | None = None
    """Expected of all together."""
    calibration: tuple[Group, ...] = ()
    capture: tuple[float, ...] = ()
    """The share of the later amount that the best 10 %, 20 %, … 100 % brought."""
    capture_by: str | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """A day, the days after it, what was there, and how each model did."""

    until: int
    days: int
    customers: int
    repeaters: int
    came_back: int
    purchases: int
    amount: float
    remarks: tuple[str, ...]
    models: tuple[Quality, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, lists and texts; never NaN."""
        return asdict(self)


def backtest(
    log: PurchaseLog, *, until: int, days: int, penalty: float = 1.0, models: Iterable[str] = EVERYTHING
) -> Backtest:
    """Learns each model from everything up to the day `until` and holds it against the `days` days that follow.

    The learned risks come last, cross-validated over customers. `penalty` as in the fits. A model that cannot be
    learned is reported with its problem.
    Errors: `InvalidInput` when nobody had bought by then, there is no day to look at, or the penalty is negative.
    Source: hold-out on a time split as in Fader, Hardie & Lee 2005.
    """
    if days < 1:
        raise InvalidInput("There must be at least one day to look at.")
    if not 0 <= penalty < inf:
        raise InvalidInput("The penalty is a finite number, 0 or more.")
    cohort = seen_by(log, until=until, window=days)
    later = followed(log, cohort, until=until, days=days)
    return Backtest(
        until=until,
        days=days,
        customers=len(cohort.customer),
        repeaters=int((cohort.x > 0).sum()),
        came_back=int(later.bought.sum()),
        purchases=int(later.days.sum()),
        amount=float(later.amount.sum()),
        remarks=tuple(_remarks(later)),
        models=(
            *(_quality(name, cohort, later, days=days, penalty=penalty) for name in models),
            *_learned_risks(cohort, later, days=days, penalty=penalty),
        ),
    )


def forecast(model: str, cohort: Cohort, *, days: int, penalty: float = 1.0) -> Forecast:
    """What a model, learned from this cohort, says about the days to come.

    `same_as_before` says: as many repeat purchases, and as much money, as in as many days before.
    Errors: those of the fit; `InvalidInput` for a name that is none. Source: the models'; the baseline †.
    """
    if model == SAME_AS_BEFORE:
        return Forecast(cohort.recent_x, None, cohort.recent_amount, {})
    if model not in MODELS:
        raise InvalidInput(f"There is no model {model}.")
    module, history, t = MODELS[model], (cohort.x, cohort.tx, cohort.T), days / DAYS_PER_WEEK
    fitted = module.fit(*history, penalty=penalty)
    purchases = module.expected_purchases(fitted, t, *history)
    mean = _expected_amount(cohort, penalty=penalty)
    return Forecast(
        purchases=purchases,
        risk=module.probability_no_purchase(fitted, t, *history),
        amount=None if mean is None else purchases * mean,
        parameters={name: getattr(fitted, name) for name in SHAPES if hasattr(fitted, name)},
        log_likelihood=fitted.log_likelihood,
        converged=fitted.converged,
    )


def _expected_amount(cohort: Cohort, *, penalty: float) -> Floats | None:
    """Of a purchase day to come, per customer; None where no repeat purchase brought anything."""
    try:
        fitted = gamma_gamma.fit(cohort.x, cohort.mean_amount, penalty=penalty)
    except MeasureError:
        return None
    return gamma_gamma.expected_margin(fitted, cohort.x, cohort.mean_amount)


def _quality(model: str, cohort: Cohort, later: Holdout, *, days: int, penalty: float) -> Quality:
    try:
        said = forecast(model, cohort, days=days, penalty=penalty)
    except MeasureError as error:
        return Quality(model, problem=error.code)
    quality = Quality(
        model=model,
        parameters=said.parameters,
        log_likelihood=said.log_likelihood,
        converged=said.converged,
        auc_by_purchases=_auc(said.purchases, later.bought),
        rmse=evaluation.rmse(said.purchases, later.days),
        purchases=float(said.purchases.sum()),
    )
    return _with_capture(_with_risk(quality, said.risk, later), said, later)


def _learned_risks(cohort: Cohort, later: Holdout, *, days: int, penalty: float) -> Iterator[Quality]:
    """They say nothing of how often, so those who are likeliest to stay are put first."""
    try:
        risks = cross_validation.out_of_fold(cohort, 1 - later.bought, days=days, penalty=penalty)
    except MeasureError as error:
        yield from (Quality(name, problem=error.code) for name in LEARNED_RISKS)
        return
    for name, risk in zip(LEARNED_RISKS, risks, strict=True):
        quality = _with_risk(Quality(name), risk, later)
        if later.amount.sum() > 0:
            capture = evaluation.decile_capture(1 - risk, later.amount).tolist()
            quality = replace(quality, capture=tuple(capture), capture_by="risk")
        yield quality


def _with_risk(quality: Quality, risk: Floats | None, later: Holdout) -> Quality:
    if risk is None:
        return quality
    stayed_away = 1 - later.bought
    table = zip(*evaluation.calibration(risk, stayed_away), strict=True)
    return replace(
        quality,
        auc_by_risk=_auc(risk, stayed_away),
        brier=evaluation.brier(risk, stayed_away),
        calibration=tuple(Group(int(customers), float(said), float(away)) for customers, said, away in table),
    )


def _with_capture(quality: Quality, said: Forecast, later: Holdout) -> Quality:
    score, by = (said.purchases, "purchases") if said.amount is None else (said.amount, "amount")
    if later.amount.sum() <= 0:
        return quality
    return replace(quality, capture=tuple(evaluation.decile_capture(score, later.amount).tolist()), capture_by=by)


def _auc(score: Floats, happened: Integers) -> float | None:
    """None where all did the same: there is nothing to rank."""
    return evaluation.auc(score, happened) if 0 < happened.sum() < len(happened) else None


def _remarks(later: Holdout) -> Iterator[str]:
    """What a reader must know before believing the figures."""
    came_back, n = int(later.bought.sum()), len(later.days)
    if came_back in (0, n):
        yield f"{'Nobody' if came_back == 0 else 'Everybody'} came back: there is nothing to rank, so there is no AUC."
    elif min(came_back, n - came_back) < FEW:
        yield f"{came_back} of {n} came back: with fewer than {FEW} on either side the figures are rough."
    if later.amount.sum() <= 0:
        yield "The days looked at brought no money: there is no capture."
