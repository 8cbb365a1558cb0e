"""Fits of a model on all purchases: requested, then run in a child process."""

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from multiprocessing import get_context
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.clock import Clock
from heed_common.database import is_transient, savepoint
from heed_common.failed_work.isolation import Isolation, all_at_once
from heed_common.identifiers import new_id
from heed_measures import gamma_gamma
from heed_measures.errors import MeasureError, NoRepeatedPurchase
from heed_scoring.engine.model import PURCHASE_MODELS, Model, built_in_tiers
from heed_scoring.engine.money import Money
from heed_scoring.models.challenger import challenger
from heed_scoring.models.errors import FutureDay
from heed_scoring.models.fitting import currency_change, reference_population, repository
from heed_scoring.models.fitting.portfolio_snapshot import portfolio_snapshot
from heed_scoring.models.versions import repository as models_repository
from heed_scoring.models.versions import service as versions
from heed_scoring.tables import Fit, ModelVersion

Histories = Sequence[tuple[int, int, date, Decimal]]

JOB = "fits"
"""Name of the job in failed work."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FittedModel:
    """A fitted model with its diagnostics."""

    model: Model
    diagnostics: dict[str, Any]
    portfolio: dict[str, Any] | None = None


class ChallengeVerdict(NamedTuple):
    """Result of a comparison with the champion."""

    champion: str
    better: bool


async def sync_currency(session: AsyncSession, *, money: Money, clock: Clock) -> None:
    """Continue the champion as a new version if currency or rates have changed."""
    await models_repository.lock_champion(session)
    stored = await models_repository.in_force(session)
    current = stored.read()
    if current.money != money:
        converted = currency_change.convert(current, money)
        await versions.continue_champion(session, stored, converted, diagnostics={"money": "changed"}, clock=clock)


async def request_fit(
    session: AsyncSession,
    *,
    algorithm: str,
    observed_until: date | None,
    penalty: float,
    promote: bool,
    now: datetime,
) -> Fit:
    """Store a request for a fit; the worker runs it."""
    if observed_until is not None and observed_until > (await models_repository.business_days(session)).day_of(now):
        raise FutureDay(pointer="/observed_until")
    fit = Fit(
        id=new_id(), algorithm=algorithm, observed_until=observed_until, penalty=penalty, promote=promote,
        state="pending", requested_at=now,
    )  # fmt: skip
    session.add(fit)
    await session.flush()
    return fit


async def run_next_fit(session: AsyncSession, *, money: Money, clock: Clock, isolate: Isolation = all_at_once) -> bool:
    """Run the oldest pending fit and return whether there was one; after a crash it is still pending."""

    async def end_all(fits: Sequence[Fit]) -> None:
        for fit in fits:
            await run_fit(session, fit, money=money, clock=clock)

    now = clock.now()
    fits = await models_repository.lock_next_fit(session, job=JOB, now=now)
    await isolate(session, JOB, fits, end_all, key=attrgetter("id"), now=now)
    return bool(fits)


async def run_fit(session: AsyncSession, fit: Fit, *, money: Money, clock: Clock) -> None:
    """Run the fit; it ends as done with its model, or as failed with the reason."""
    try:
        async with savepoint(session):
            today = (await models_repository.business_days(session)).day_of(clock.now())
            fitted, verdict = await _fit_as_requested(session, fit, money=money, today=today)
    except Exception as error:
        if is_transient(error):
            raise
        fit.state, fit.problem, fit.finished_at = "failed", _failure_code(error), clock.now()
        return
    if fit.promote:
        fitted = await _with_champion_parts(session, fit, fitted)
    added = await _store(session, fitted, now=clock.now())
    fit.state, fit.model_version, fit.finished_at = "done", added.version, clock.now()
    if fit.promote:
        fit.problem = await _promotion_obstacle(session, added, verdict)
        if fit.problem is None:
            await versions.promote(session, added, clock=clock)


async def _with_champion_parts(session: AsyncSession, fit: Fit, fitted: FittedModel) -> FittedModel:
    """Return the model with the parts that only the champion has, read under the lock.

    A fit takes a while, and another champion may have been promoted since it began; from here on none can be before
    the promotion of this one.
    """
    await models_repository.lock_champion(session)
    champion = await models_repository.in_force(session)
    current = champion.read()
    model = replace(fitted.model, loyalty=current.loyalty, tiers=_tiers(fitted.model, current))
    if not fit.scheduled or fit.algorithm == challenger.CALIBRATED or current.calibrated is None:
        return replace(fitted, model=model)
    # The calibration learned from outcomes stays until a challenger is better; value and tiers are refitted nightly.
    diagnostics = fitted.diagnostics | {"calibration": champion.diagnostics.get("calibration")}
    return replace(fitted, model=replace(model, calibrated=current.calibrated), diagnostics=diagnostics)


def _tiers(fitted: Model, champion: Model) -> Mapping[str, str]:
    """Return the champion's tiers where neither model learned any: the defaults of an earlier release stay."""
    is_same_currency = fitted.money.currency == champion.money.currency
    learned = fitted.population.is_many or champion.population.is_many
    return champion.tiers if is_same_currency and not learned else fitted.tiers


async def _fit_as_requested(
    session: AsyncSession, fit: Fit, *, money: Money, today: date
) -> tuple[FittedModel, ChallengeVerdict | None]:
    """Return the fitted purchase model, or a challenger with the result of its comparison."""
    calibrated = fit.algorithm == challenger.CALIBRATED
    algorithm = challenger.PURCHASE_MODEL if calibrated else fit.algorithm
    fitted = await fit_purchase_model(
        session, algorithm=algorithm, until=fit.observed_until, penalty=fit.penalty, money=money
    )
    if not calibrated:
        return fitted, None
    champion = await models_repository.in_force(session)
    found = await challenger.fit_challenger(
        session, model=fitted.model, champion=champion.read(), until=fit.observed_until, penalty=fit.penalty,
        today=today,
    )  # fmt: skip
    champion.diagnostics = champion.diagnostics | {"last_challenge": found.diagnostics}
    diagnostics = fitted.diagnostics | {"calibration": found.diagnostics}
    return replace(fitted, model=found.model, diagnostics=diagnostics), ChallengeVerdict(champion.version, found.better)


async def _promotion_obstacle(
    session: AsyncSession, added: ModelVersion, verdict: ChallengeVerdict | None
) -> str | None:
    """Return why the model must not be promoted: not better than the champion, or compared with another one."""
    if verdict is None or added.version == verdict.champion:
        return None
    if not verdict.better:
        return "not_better_than_champion"
    champion = await models_repository.lock_champion(session)
    return None if champion.model_version == verdict.champion else "champion_has_changed"


async def fit_purchase_model(
    session: AsyncSession, *, algorithm: str, until: date | None, penalty: float, money: Money
) -> FittedModel:
    """Fit the purchases up to that day. Raises the measures' errors where a fit is impossible."""
    rates = {currency: rate for currency in (money.currency, *money.rates) if (rate := money.rate(currency))}
    histories = await models_repository.purchase_histories(session, until=until, rates=rates)
    end = until or await models_repository.last_purchase_day(session)
    work = (algorithm, histories, end, penalty, money)
    facts = await repository.sample_of_facts(session, size=reference_population.SAMPLE_SIZE, day=end)
    loyalty = (await models_repository.in_force(session)).read().loyalty
    snapshot_input = (await repository.purchase_summaries(session, day=end, money=money), end, money.currency)
    # Ctrl-C reaches the whole process group; the child leaves it to its parent.
    with ProcessPoolExecutor(1, get_context("spawn"), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as pool:
        run = partial(asyncio.get_running_loop().run_in_executor, pool)
        fitted = await run(fit_model, *work)
        model = await run(
            reference_population.with_reference_population, replace(fitted.model, loyalty=loyalty), facts, end
        )
        return replace(fitted, model=model, portfolio=await run(portfolio_snapshot, *snapshot_input))


def fit_model(algorithm: str, histories: Histories, end: date | None, penalty: float, money: Money) -> FittedModel:
    """Fit purchase model and margins, in weeks and the model's currency; without I/O, for a child process."""
    if not histories:
        raise NoRepeatedPurchase("There is no purchase by that day.")
    x = np.array([repeats for repeats, _, _, _ in histories], dtype=float)
    tx = np.array([days for _, days, _, _ in histories], dtype=float) / 7
    age = np.array([(end - first).days if end else 0 for _, _, first, _ in histories], dtype=float) / 7
    repeat_margin = np.array([float(margin) for _, _, _, margin in histories])
    mean = np.divide(repeat_margin, x, out=np.zeros(len(x)), where=x > 0)
    purchase = PURCHASE_MODELS[algorithm].fit(x, tx, age, penalty=penalty)
    margin = gamma_gamma.fit(x, mean, penalty=penalty)
    covariance = PURCHASE_MODELS[algorithm].covariance(purchase, x, tx, age, penalty=penalty)
    diagnostics = {
        "origin": "fit",
        "observed_until": end.isoformat() if end else None,
        "penalty": penalty,
        "customers": purchase.n,
        "repeaters": purchase.repeaters,
        "log_likelihood": purchase.log_likelihood,
        "converged": purchase.converged and margin.converged,
        "margin": asdict(margin),
    }
    sure = tuple(map(tuple, covariance.tolist()))
    tiers = built_in_tiers(money.currency)
    return FittedModel(Model(algorithm, purchase, margin, money, tiers, covariance=sure), diagnostics)


async def _store(session: AsyncSession, fitted: FittedModel, *, now: datetime) -> ModelVersion:
    return await versions.store_version(
        session, fitted.model, diagnostics=fitted.diagnostics, portfolio=fitted.portfolio, now=now
    )


def _failure_code(error: Exception) -> str:
    """Return the error code of a failed fit; an unexpected error must end the fit and not the worker."""
    if isinstance(error, MeasureError):
        return error.code
    log.error("a fit failed", exc_info=error)
    return "internal_error"
