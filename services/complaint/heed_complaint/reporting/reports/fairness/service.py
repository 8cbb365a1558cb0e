"""Report on fairness: whether similar complaints of different customers are treated equally."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.fairness import repository, rules
from heed_complaint.reporting.reports.fairness.rules import DIMENSIONS, GroupTest, Sample
from heed_complaint.reporting.reports.fairness.schemas import Dimension, FairnessOut, FairnessRow, FairnessTest
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.summary import DIGITS, Label


async def fairness_report(session: AsyncSession, *, scope: Scope) -> FairnessOut:
    """Compare times and remedies of similar complaints by group of customers, with tests."""
    cells = await repository.rows_by_stratum(session, scope)
    sample = rules.build_sample(cells)
    tests = rules.compare_groups(sample)
    labels = {dimension: await summary.labels(session, dimension, scope) for dimension in DIMENSIONS}
    items = [row for name in DIMENSIONS for row in _rows(name, cells, sample, tests, labels[name], scope)]
    resolved = len(sample.stratum)
    head = await summary.summary(session, scope)
    key = "fairness.note" if any(result.test.compared for result in tests) else "fairness.nothing.note"
    note = texts.note(scope.language, head, key, compared=resolved, strata=sample.strata, least=rules.MIN_GROUP_SIZE)
    return FairnessOut(
        **head,
        finding=_finding(tests, labels, scope),
        note=note,
        currency=scope.currency,
        resolved=resolved,
        like=sample.strata,
        unknown={name: sample.groups[name].count(None) for name in DIMENSIONS},
        tests=[_test(result) for result in tests],
        items=items,
    )


def _rows(
    dimension: Dimension,
    cells: Sequence[Row[Any]],
    sample: Sample,
    tests: Sequence[GroupTest],
    label: Label,
    scope: Scope,
) -> list[FairnessRow]:
    members = np.array(sample.groups[dimension], dtype=object)
    waiting: dict[str, int] = {}
    for cell in cells:
        name = getattr(cell, dimension)
        if name is not None:
            waiting[name] = waiting.get(name, 0) + cell.open
    time, remedy = (test for test in tests if test.dimension == dimension)
    found = [
        _row(dimension, name, label(name), members == name, sample, open_, scope) for name, open_ in waiting.items()
    ]
    ranked = [
        row.model_copy(
            update={
                "time_place": _percentile(time, row.code),
                "remedy_place": _percentile(remedy, row.code),
            }
        )
        for row in found
    ]
    return summary.ordered_groups(ranked, dimension, lambda row: row.code, lambda row: row.resolved)


def _row(
    dimension: Dimension, code: str, label: str, mine: NDArray[np.bool_], sample: Sample, waiting: int, scope: Scope
) -> FairnessRow:
    took, given = sample.values["time"][mine], sample.values["remedy"][mine]
    return FairnessRow(
        dimension=dimension,
        dimension_label=texts.translate(scope.language, f"fairness.{dimension}"),
        code=code,
        label=label,
        resolved=len(took),
        open=waiting,
        median_seconds=_quantile(took, 0.5),
        p90_seconds=_quantile(took, 0.9),
        time_place=None,
        with_remedy=int((given > 0).sum()),
        mean_remedy=_mean(given, scope.currency),
        remedy_place=None,
    )


def _quantile(took: NDArray[np.float64], share: float) -> float | None:
    return round(float(np.quantile(took, share, method="inverted_cdf")), 3) if len(took) else None


def _mean(given: NDArray[np.float64], currency: str) -> Decimal | None:
    return round_to_minor_unit(Decimal(str(given.mean())), currency) if len(given) else None


def _percentile(test: GroupTest, code: str) -> float | None:
    percentile = test.percentile(code)
    return None if percentile is None else round(percentile, DIGITS)


def _test(result: GroupTest) -> FairnessTest:
    return FairnessTest(
        dimension=result.dimension,
        outcome=result.outcome,
        compared=result.test.compared,
        statistic=round(result.test.statistic, DIGITS),
        degrees=result.test.degrees,
        p=result.test.p,
        p_adjusted=result.p_adjusted,
        effect=round(result.test.effect, DIGITS),
        significant=result.significant,
    )


def _finding(tests: Sequence[GroupTest], labels: Mapping[Dimension, Label], scope: Scope) -> str:
    if not any(test.test.compared for test in tests):
        return texts.translate(scope.language, "fairness.nothing")
    found = rules.most_significant(tests)
    if found is None:
        effects = [test.test.effect for test in tests if test.significant]
        key = "fairness.negligible" if effects else "fairness.alike"
        return texts.translate(scope.language, key, effect=max(effects, default=0.0))
    percentiles = {name: value for name in found.names if (value := found.percentile(name)) is not None}
    label = labels[found.dimension]
    return texts.translate(
        scope.language,
        f"fairness.{found.outcome}",
        most=label(max(percentiles, key=lambda name: percentiles[name])),
        least=label(min(percentiles, key=lambda name: percentiles[name])),
        dimension=texts.translate(scope.language, f"fairness.{found.dimension}"),
        effect=found.test.effect,
    )
