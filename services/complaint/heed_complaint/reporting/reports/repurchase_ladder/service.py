"""Repurchase ladder, measured on the organisation's own customers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, get_args

import numpy as np
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_complaint.reporting.reports import summary, texts
from heed_complaint.reporting.reports.query import Scope
from heed_complaint.reporting.reports.repurchase_ladder import repository
from heed_complaint.reporting.reports.repurchase_ladder.schemas import RepurchaseLadderOut, RepurchaseLadderRow, Rung
from heed_measures import evidence
from heed_plots.numbers import proportion

RUNGS: tuple[Rung, ...] = get_args(Rung)
TARP_SHARES: Mapping[Literal["major", "minor"], tuple[float, ...]] = {
    "major": (0.09, 0.19, 0.54, 0.82),
    "minor": (0.37, 0.46, 0.70, 0.95),
}
"""National Consumer Survey: share who intend to buy again, by rung."""
DAY = 86_400


async def repurchase_ladder_report(session: AsyncSession, *, scope: Scope, horizon_days: int) -> RepurchaseLadderOut:
    """Return the share of customers who bought again, by the outcome of their first complaint."""
    horizon = timedelta(days=horizon_days)
    rows = {row.rung: row for row in await repository.complaining_customers(session, scope, horizon=horizon)}
    delay = _delay(rows.values())
    silent = await repository.silent_customers(session, scope, horizon=horizon, delay=timedelta(seconds=delay))
    severity: Literal["major", "minor"] = "minor" if scope.filters.severity == "minor" else "major"
    found: dict[str | None, Any] = {**rows, "not_complained": silent}
    items = [
        _item(rung, found.get(rung), expected, scope)
        for rung, expected in zip(RUNGS, TARP_SHARES[severity], strict=True)
    ]
    undecided = rows.get(None)
    head, waiting = await summary.summary(session, scope), undecided.all if undecided is not None else 0
    running, is_empty = sum(item.running for item in items), not any(item.again.of for item in items)
    key = "ladder.advice" if is_empty else "ladder.note"
    note = texts.note(scope.language, head, key, delay=delay / DAY, running=running, days=horizon_days)
    return RepurchaseLadderOut(
        **head,
        finding=_finding(items, horizon_days, waiting, scope),
        note=note,
        horizon_days=horizon_days,
        delay_days=round(delay / DAY, 3),
        severity_of_tarp=severity,
        undecided=waiting,
        never_bought=sum(row.never_bought for rung, row in rows.items() if rung is not None),
        items=items,
    )


def _delay(rows: Iterable[Row[Any]]) -> float:
    """Return the median of the seconds since the last purchase of complaining customers; 0 if there are none."""
    silent = [seconds for row in rows if row.rung is not None for seconds in row.silent or []]
    return float(np.quantile(silent, 0.5, method="inverted_cdf")) if silent else 0.0


def _item(rung: Rung, row: Row[Any] | None, expected: float, scope: Scope) -> RepurchaseLadderRow:
    return RepurchaseLadderRow(
        rung=rung,
        label=texts.translate(scope.language, f"ladder.{rung}"),
        again=summary.share(row.again, row.customers) if row is not None else summary.share(0, 0),
        tarp=expected,
        running=row.running if row is not None else 0,
    )


def _finding(items: Sequence[RepurchaseLadderRow], days: int, waiting: int, scope: Scope) -> str:
    again = {item.rung: (item.again.count, item.again.of) for item in items}
    quick, unresolved = again["resolved_quickly"], again["unresolved"]
    if quick[1] and unresolved[1]:
        key = "ladder.found" if evidence.shares_differ(quick, unresolved) else "ladder.found_alike"
        shares = {"quick": proportion(scope.language, *quick), "unresolved": proportion(scope.language, *unresolved)}
        return texts.translate(scope.language, key, days=days, **shares)
    decided = [counts for rung, counts in again.items() if rung != "not_complained" and counts[1]]
    if decided:
        share = proportion(scope.language, sum(count for count, _ in decided), sum(of for _, of in decided))
        return texts.translate(scope.language, "ladder.found_part", days=days, share=share)
    if any(item.running for item in items):
        return texts.translate(scope.language, "ladder.not_over", days=days)
    return texts.translate(scope.language, "ladder.none_decided" if waiting else "nothing", undecided=waiting)
