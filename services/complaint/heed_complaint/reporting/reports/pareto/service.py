"""Pareto report: the few groups that account for most complaints or remedy costs."""

from collections.abc import Mapping, Sequence
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
from heed_measures import evidence
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
    return ParetoOut(
        **head,
        finding=_finding(items, by, measure, without, scope),
        note=_note(items, by, measure, without, head, scope),
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
    count, vital = sum(item.count for item in items), [item for item in items if item.vital]
    if not items:
        return texts.translate(scope.language, "pareto.not_found_yet" if without else "nothing", without=without)
    if not vital:
        return texts.translate(scope.language, "pareto.no_cost")
    if not evidence.enough(count):
        return texts.translate(scope.language, "pareto.too_few", count=count)
    measured = texts.translate(scope.language, f"pareto.measure.{measure}")
    if len(items) == 1:
        name = texts.translate(scope.language, f"by.{by}")
        return texts.translate(scope.language, "pareto.found_one", by=name, measure=measured, label=items[0].label)
    return texts.translate(
        scope.language,
        "pareto.found",
        count=len(vital),
        all=len(items),
        by=texts.translate(scope.language, f"pareto.plural.{by}"),
        share=percent(vital[-1].cumulative),
        measure=measured,
    )


def _note(
    items: Sequence[ParetoRow], by: ParetoBy, measure: Measure, without: int, head: Mapping[str, Any], scope: Scope
) -> str:
    key = "pareto.note_without" if without else "pareto.note"
    if not items:
        key = "pareto.not_found_yet.note"
    elif measure == "cost" and not any(item.vital for item in items):
        key = "pareto.no_cost.note"
    name = texts.translate(scope.language, f"by.{by}")
    return texts.note(scope.language, head, key, complaints=head["complaints"], without=without, by=name)
