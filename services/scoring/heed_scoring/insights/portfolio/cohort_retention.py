"""Cohort retention: repurchases of the customers of each month or quarter."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.languages import Language
from heed_measures import retention
from heed_plots.numbers import MIN_FOR_PERCENT, percent
from heed_scoring.insights.portfolio import periods, repository, texts
from heed_scoring.insights.portfolio.schemas import (
    CohortOut,
    RetentionOut,
)


async def get_cohort_retention(
    session: AsyncSession, *, cohort: Literal["month", "quarter"], count: int, language: Language, today: date
) -> RetentionOut:
    """Return for each cohort the share that still buys so many periods later."""
    months = periods.MONTHS[cohort]
    running = periods.index(today, months)
    first = running - count
    rows = await repository.cohorts(session, months=months, first=first, end=periods.start(running, months))
    counted = {(row.first, row.later): row.customers for row in rows if row.first >= first}
    cohorts = [
        _cohort(cohort, index, [counted.get((index, after), 0) for after in range(running - index)], language)
        for index in range(first, running)
        if (index, 0) in counted
    ]
    overall = _overall(counted, first, count)
    return RetentionOut(
        finding=_retention_found(overall, cohort, sum(each.customers for each in cohorts[:-1]), language),
        cohort=cohort,
        through=periods.start(running, months) - timedelta(days=1),
        earlier_customers=sum(row.customers for row in rows if row.first < first),
        overall=overall,
        cohorts=cohorts,
    )


def _cohort(kind: str, index: int, active: list[int], language: Language) -> CohortOut:
    start = periods.start(index, periods.MONTHS[kind])
    label = texts.translate(language, kind, start=start, quarter=(start.month + 2) // 3)
    retained = [round(count / active[0], 6) for count in active]
    return CohortOut(start=start, label=label, customers=active[0], active=active, retained=retained)


def _overall(counted: Mapping[tuple[int, int], int], first: int, periods: int) -> list[float]:
    """Each cohort counts with its size, and only as far as it has been observed."""
    came, later = np.array(list(counted), dtype=np.int64).reshape(-1, 2).T
    table = retention.retention_matrix(came - first, later, list(counted.values()), periods=periods)
    sizes = np.array([counted.get((first + index, 0), 0) for index in range(periods)], dtype=float)
    weights = np.where(np.isnan(table), 0.0, sizes[:, np.newaxis])
    present = weights.sum(axis=0) > 0
    shares = (np.nan_to_num(table) * weights).sum(axis=0)[present] / weights.sum(axis=0)[present]
    return [round(share, 6) for share in shares.tolist()]


def _retention_found(overall: Sequence[float], kind: str, customers: int, language: Language) -> str:
    """Return who buys again of the customers that had a whole period to do so."""
    if len(overall) < 2:
        return texts.translate(language, "retention.nothing")
    if customers < MIN_FOR_PERCENT:
        return texts.translate(language, "retention.too_few", count=customers)
    count, name = min(6, len(overall) - 1), texts.translate(language, f"period.{kind}")
    key = "retention.found" if count > 1 else "retention.found_one"
    return texts.translate(
        language, key, first=percent(overall[1]), later=percent(overall[count]), count=count, period=name
    )
