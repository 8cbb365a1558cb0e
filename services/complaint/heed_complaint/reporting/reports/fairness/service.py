"""Whether like complaints are treated alike, whoever complains."""

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
    """Equal treatment of like complaints, tested: how long it took, and what was given."""
    cells = await repository.rows_by_stratum(session, scope)
    seen = rules.build_sample(cells)
    compared = rules.compare_groups(seen)
    labels = {dimension: await summary.labels(session, dimension, scope) for dimension in DIMENSIONS}
    items = [row for name in DIMENSIONS for row in _rows(name, cells, seen, compared, labels[name], scope)]
    resolved = len(seen.like)
    note = texts.translate(scope.language, "fairness.note", compared=resolved, strata=seen.kinds)
    return FairnessOut(
        **await summary.summary(session, scope),
        finding=_finding(compared, labels, scope),
        note=note,
        currency=scope.currency,
        resolved=resolved,
        like=seen.kinds,
        unknown={name: seen.groups[name].count(None) for name in DIMENSIONS},
        tests=[_test(one) for one in compared],
        items=items,
    )


def _rows(
    dimension: Dimension,
    cells: Sequence[Row[Any]],
    seen: Sample,
    compared: Sequence[GroupTest],
    label: Label,
    scope: Scope,
) -> list[FairnessRow]:
    members = np.array(seen.groups[dimension], dtype=object)
    waiting: dict[str, int] = {}
    for cell in cells:
        name = getattr(cell, dimension)
        if name is not None:
            waiting[name] = waiting.get(name, 0) + cell.open
    time, remedy = (one for one in compared if one.dimension == dimension)
    found = [_row(dimension, name, label(name), members == name, seen, open_, scope) for name, open_ in waiting.items()]
    placed = [
        row.model_copy(update={"time_place": _rounded(time, row.code), "remedy_place": _rounded(remedy, row.code)})
        for row in found
    ]
    return summary.ordered_groups(placed, dimension, lambda row: row.code, lambda row: row.resolved)


def _row(
    dimension: Dimension, code: str, label: str, mine: NDArray[np.bool_], seen: Sample, waiting: int, scope: Scope
) -> FairnessRow:
    took, given = seen.values["time"][mine], seen.values["remedy"][mine]
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


def _rounded(compared: GroupTest, code: str) -> float | None:
    place = compared.place(code)
    return None if place is None else round(place, DIGITS)


def _test(one: GroupTest) -> FairnessTest:
    return FairnessTest(
        dimension=one.dimension,
        outcome=one.outcome,
        compared=one.test.compared,
        statistic=round(one.test.statistic, DIGITS),
        degrees=one.test.degrees,
        p=one.test.p,
        p_adjusted=one.p_adjusted,
        effect=round(one.test.effect, DIGITS),
        significant=one.significant,
    )


def _finding(compared: Sequence[GroupTest], labels: Mapping[Dimension, Label], scope: Scope) -> str:
    if not any(one.test.compared for one in compared):
        return texts.translate(scope.language, "fairness.nothing")
    found = rules.most_significant(compared)
    if found is None:
        sure = [one.test.effect for one in compared if one.significant]
        key = "fairness.negligible" if sure else "fairness.alike"
        return texts.translate(scope.language, key, effect=max(sure, default=0.0))
    places = {name: place for name in found.names if (place := found.place(name)) is not None}
    label = labels[found.dimension]
    return texts.translate(
        scope.language,
        f"fairness.{found.outcome}",
        most=label(max(places, key=lambda name: places[name])),
        least=label(min(places, key=lambda name: places[name])),
        dimension=texts.translate(scope.language, f"fairness.{found.dimension}"),
        effect=found.test.effect,
    )
