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
from heed_plots.numbers import percent

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
    note = texts.translate(
        scope.language, "ladder.note", delay=delay / DAY, running=sum(item.running for item in items)
    )
    return RepurchaseLadderOut(
        **await summary.summary(session, scope),
        finding=_finding(items, horizon_days, scope),
        note=note,
        horizon_days=horizon_days,
        delay_days=round(delay / DAY, 3),
        severity_of_tarp=severity,
        undecided=undecided.all if undecided is not None else 0,
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


def _finding(items: Sequence[RepurchaseLadderRow], days: int, scope: Scope) -> str:
    again = {item.rung: item.again for item in items}
    quick, unresolved = again["resolved_quickly"], again["unresolved"]
    if quick.share is not None and unresolved.share is not None:
        shares = {"quick": percent(quick.share), "unresolved": percent(unresolved.share)}
        return texts.translate(scope.language, "ladder.found", days=days, **shares)
    decided = [share for rung, share in again.items() if rung != "not_complained" and share.of]
    if decided:
        share = percent(sum(share.count for share in decided), sum(share.of for share in decided))
        return texts.translate(scope.language, "ladder.found_part", days=days, share=share)
    any_running = any(item.running for item in items)
    return texts.translate(scope.language, "ladder.not_over" if any_running else "nothing", days=days)
