"""Back-test: models fitted to the purchases up to a day, compared with the purchases after it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from math import inf
from types import ModuleType
from typing import Any

from heed_measures import cross_validation, evaluation, gamma_gamma, pareto_nbd
from heed_measures.arrays import DAYS_PER_WEEK, Floats, Integers
from heed_measures.beta_geometric import BG_NBD, MBG_NBD, BetaGeometricModel
from heed_measures.errors import InvalidInput, MeasureError
from heed_measures.purchase_log import Cohort, Holdout, PurchaseLog, cohort_at, outcomes_after

MODELS: Mapping[str, BetaGeometricModel | ModuleType] = {
    BG_NBD.name: BG_NBD,
    MBG_NBD.name: MBG_NBD,
    "pareto_nbd": pareto_nbd,
}
BASELINE_SAME_AS_BEFORE = "same_as_before"
ALL_MODELS = (*MODELS, BASELINE_SAME_AS_BEFORE)
LEARNED_RISKS = ("logistic", "calibrated")
"""Learned from outcomes, so the other four fifths forecast each customer; `calibrated` adds the isotonic table."""
PARAMETER_NAMES = ("r", "alpha", "a", "b", "s", "beta")
MIN_PER_OUTCOME = 100
"""With fewer customers of either outcome an AUC is off by .03 and more by chance alone."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Forecast of a model for each customer of a cohort (k,) over the holdout, which the model has not seen."""

    purchases: Floats
    risk: Floats | None
    """Probability of no purchase at all; None where the model has none."""
    amount: Floats | None
    """None where amounts cannot be fitted."""
    parameters: Mapping[str, float]
    log_likelihood: float | None = None
    converged: bool | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A tenth of the customers by risk: predicted and observed share."""

    customers: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of one model; None where a figure is undefined, `problem` is the error code of a fit that failed."""

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
    """Expected purchases of all customers together."""
    calibration: tuple[Group, ...] = ()
    capture: tuple[float, ...] = ()
    """Share of the later amount from the best 10 %, 20 %, … 100 % of customers."""
    capture_by: str | None = None


@dataclass(frozen=True, slots=True)
class Backtest:
    """Report of a back-test: the cut, the holdout, the cohort, and the quality of each model."""

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
        """Return plain numbers, lists and strings; never NaN."""
        return asdict(self)


def backtest(
    log: PurchaseLog, *, until: int, days: int, penalty: float = 1.0, models: Iterable[str] = ALL_MODELS
) -> Backtest:
    """Fit each model to the purchases up to the day `until` and compare it with the `days` days that follow.

    The risks learned from outcomes come last, cross-validated over customers. `penalty` as in the fits. A model whose
    fit fails is reported with its error code.
    Errors: `InvalidInput` without a purchase by then, for a holdout without days, or a negative penalty.
    Source: hold-out on a time split as in Fader, Hardie & Lee 2005.
    """
    if days < 1:
        raise InvalidInput("The holdout must have at least one day.")
    if not 0 <= penalty < inf:
        raise InvalidInput("The penalty is a finite number, 0 or more.")
    cohort = cohort_at(log, until=until, window=days)
    later = outcomes_after(log, cohort, until=until, days=days)
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
    """Return the forecast of a model fitted to this cohort, for the next `days` days.

    The baseline `same_as_before` repeats the purchases and the amount of as many days before the cut.
    Errors: those of the fit; `InvalidInput` for an unknown model. Source: the models'; the baseline †.
    """
    if model == BASELINE_SAME_AS_BEFORE:
        return Forecast(cohort.recent_x, None, cohort.recent_amount, {})
    if model not in MODELS:
        raise InvalidInput(f"There is no model {model}.")
    module, history, t = MODELS[model], (cohort.x, cohort.tx, cohort.T), days / DAYS_PER_WEEK
    fitted = module.fit(*history, penalty=penalty)
    purchases = module.expected_purchases(fitted, t, *history)
    mean = _expected_amount(cohort, penalty=penalty)
    return Forecast(
        purchases=purchases,
        risk=module.probability_inactive(fitted, t, *history),
        amount=None if mean is None else purchases * mean,
        parameters={name: getattr(fitted, name) for name in PARAMETER_NAMES if hasattr(fitted, name)},
        log_likelihood=fitted.log_likelihood,
        converged=fitted.converged,
    )


def _expected_amount(cohort: Cohort, *, penalty: float) -> Floats | None:
    """Return the expected amount of a future purchase day, (k,); None where no repeat purchase brought anything."""
    try:
        fitted = gamma_gamma.fit(cohort.x, cohort.mean_amount, penalty=penalty)
    except MeasureError:
        return None
    return gamma_gamma.expected_margin(fitted, cohort.x, cohort.mean_amount)


def _quality(model: str, cohort: Cohort, later: Holdout, *, days: int, penalty: float) -> Quality:
    try:
        predicted = forecast(model, cohort, days=days, penalty=penalty)
    except MeasureError as error:
        return Quality(model, problem=error.code)
    quality = Quality(
        model=model,
        parameters=predicted.parameters,
        log_likelihood=predicted.log_likelihood,
        converged=predicted.converged,
        auc_by_purchases=_auc(predicted.purchases, later.bought),
        rmse=evaluation.rmse(predicted.purchases, later.days),
        purchases=float(predicted.purchases.sum()),
    )
    return _with_capture(_with_risk(quality, predicted.risk, later), predicted, later)


def _learned_risks(cohort: Cohort, later: Holdout, *, days: int, penalty: float) -> Iterator[Quality]:
    # These models have no number of purchases, so capture ranks the customers by the probability to stay.
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
        calibration=tuple(
            Group(int(customers), float(predicted), float(observed)) for customers, predicted, observed in table
        ),
    )


def _with_capture(quality: Quality, predicted: Forecast, later: Holdout) -> Quality:
    score, by = (predicted.purchases, "purchases") if predicted.amount is None else (predicted.amount, "amount")
    if later.amount.sum() <= 0:
        return quality
    return replace(quality, capture=tuple(evaluation.decile_capture(score, later.amount).tolist()), capture_by=by)


def _auc(score: Floats, observed: Integers) -> float | None:
    """Return the AUC; None where all outcomes are equal, so that there is nothing to rank."""
    return evaluation.auc(score, observed) if 0 < observed.sum() < len(observed) else None


def _remarks(later: Holdout) -> Iterator[str]:
    """Yield the caveats of the figures, as sentences."""
    came_back, n = int(later.bought.sum()), len(later.days)
    if came_back in (0, n):
        who = "No customer" if came_back == 0 else "Every customer"
        yield f"{who} came back: there is nothing to rank, so there is no AUC."
    elif min(came_back, n - came_back) < MIN_PER_OUTCOME:
        yield f"{came_back} of {n} came back: with fewer than {MIN_PER_OUTCOME} on either side the figures are rough."
    if later.amount.sum() <= 0:
        yield "The holdout has no amounts: there is no capture."
