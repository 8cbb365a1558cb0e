"""Pareto report: the few groups that account for most complaints or remedy costs."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.pareto import repository
from heed_complaint.reporting.reports.pareto.schemas import Benchmark, Measure, ParetoBy, ParetoOut, ParetoRow
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.summary import DIGITS, Label
from heed_plots.numbers import percent

VITAL_SHARE = Decimal("0.8")
NOT_UNDERSTOOD_OR_DISTRUSTED = ("product_not_understood", "distrust_of_seller")
ZERO = Decimal(0)


async def pareto_report(session: AsyncSession, *, scope: Scope, by: ParetoBy, measure: Measure) -> ParetoOut:
    """Return the groups by size: those to work on first come first."""
    rows = await repository.rows_by_group(session, scope, by)
    assigned = [row for row in rows if row.code is not None]
    without = sum(row.size for row in rows if row.code is None)
    items = _items(assigned, measure, await summary.labels(session, by, scope), scope.currency)
    benchmark = _benchmark(await repository.complaints_by_cause(session, scope))
    head = await summary.summary(session, scope)
    by_name = texts.translate(scope.language, f"by.{by}")
    note = texts.translate(scope.language, "pareto.note", complaints=head["complaints"], without=without, by=by_name)
    return ParetoOut(
        **head,
        finding=_finding(items, by, measure, without, scope),
        note=note,
        by=by,
        measure=measure,
        currency=scope.currency,
        cost=round_to_minor_unit(sum((row.cost for row in assigned), ZERO), scope.currency),
        without=without,
        remedies_without_rate=sum(row.without_rate for row in rows),
        items=items,
        benchmark=benchmark,
    )


def _items(rows: Sequence[Row[Any]], measure: Measure, label: Label, currency: str) -> list[ParetoRow]:
    """Return the groups, the largest first; those needed to reach 80 % are vital."""
    complaints, cost = sum(row.size for row in rows), sum((row.cost for row in rows), ZERO)
    total = Decimal(complaints) if measure == "count" else cost
    before, items = ZERO, []
    for row in sorted(rows, key=lambda row: (-_amount(row, measure), -row.size, row.code)):
        through = before + _amount(row, measure)
        items.append(
            ParetoRow(
                code=row.code,
                label=label(row.code),
                count=row.size,
                share=round(row.size / complaints, DIGITS),
                cost=round_to_minor_unit(row.cost, currency),
                cost_share=round(float(row.cost / cost), DIGITS) if cost else None,
                cumulative=round(float(through / total), DIGITS) if total else None,
                vital=bool(total) and before < VITAL_SHARE * total and through > before,
            )
        )
        before = through
    return items


def _amount(row: Row[Any], measure: Measure) -> Decimal:
    return Decimal(row.size) if measure == "count" else Decimal(row.cost)


def _benchmark(causes: dict[str, int]) -> Benchmark:
    named = sum(causes.get(cause, 0) for cause in NOT_UNDERSTOOD_OR_DISTRUSTED)
    return Benchmark(**vars(summary.share(named, sum(causes.values()))), expected=float(VITAL_SHARE))


def _finding(items: Sequence[ParetoRow], by: ParetoBy, measure: Measure, without: int, scope: Scope) -> str:
    vital = [item for item in items if item.vital]
    if not vital:
        key = "pareto.not_found_yet" if without and not items else "nothing"
        return texts.translate(scope.language, key, without=without)
    return texts.translate(
        scope.language,
        "pareto.found",
        count=len(vital),
        all=len(items),
        by=texts.translate(scope.language, f"pareto.plural.{by}"),
        share=percent(vital[-1].cumulative or 0.0),
        measure=texts.translate(scope.language, f"pareto.measure.{measure}"),
    )
