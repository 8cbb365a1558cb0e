"""Leaky bucket: customers lost, won and retained between two days, and their worth."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_common.languages import Language
from heed_measures import evidence, retention
from heed_scoring.insights.portfolio import repository, texts
from heed_scoring.insights.portfolio.current_model import ZERO, model_in_force
from heed_scoring.insights.portfolio.report_period import Period
from heed_scoring.insights.portfolio.schemas import (
    BucketOut,
    FlowOut,
    LostOut,
    WonOut,
)


async def get_leaky_bucket(
    session: AsyncSession, *, period: Period, acquisition_cost: Decimal | None, language: Language
) -> BucketOut:
    """Return lost, won and retained customers with their margin."""
    model = await model_in_force(session)
    rows = await repository.flows(
        session, since=period.since, until=period.until, window=period.window, money=model.money
    )
    sums = _Sums(rows, model.money.currency)
    start, lost = sums.flow(lambda row: row.at_start, "then_margin"), sums.lost()
    won = sums.won(acquisition_cost)
    end = sums.flow(lambda row: row.at_end, "now_margin")
    retained = sums.flow(lambda row: row.at_start and row.at_end, "then_margin")
    rate = retention.retention_rate(start.customers, end.customers, won.customers) if start.customers else None
    return BucketOut(
        finding=_bucket_finding(lost.customers, won.customers, language, is_empty=not rows),
        **{"from": period.since},
        until=period.until,
        window_days=period.window.days,
        currency=model.money.currency,
        start=start, lost=lost, won=won, kept=retained, end=end,
        net_customers=won.customers - lost.customers,
        net_margin=won.margin - lost.margin,
        retention_rate=None if rate is None else round(rate, 6),
    )  # fmt: skip


def _bucket_finding(lost: int, won: int, language: Language, *, is_empty: bool) -> str:
    if is_empty:
        return texts.translate(language, "bucket.nothing")
    key = "unclear"
    if evidence.counts_differ(lost, won):
        key = "leaks" if lost > won else "fills"
    return texts.translate(language, f"bucket.{key}", lost=lost, won=won)


class _Sums:
    """The eight or fewer lines that the customers were counted into, added up by who is asked for."""

    def __init__(self, rows: Sequence[Row[Any]], currency: str) -> None:
        self._rows, self._currency = rows, currency

    def flow(self, chosen: Callable[[Row[Any]], bool], margin: str) -> FlowOut:
        rows = [row for row in self._rows if chosen(row)]
        customers = sum(row.customers for row in rows)
        total = self._round(sum((getattr(row, margin) for row in rows), ZERO))
        return FlowOut(
            customers=customers, margin=total, margin_each=self._round(total / customers) if customers else None
        )

    def lost(self) -> LostOut:
        """Lost margin is the forecast at the start."""
        flow = self.flow(_was_lost, "then_margin")
        rows = [row for row in self._rows if _was_lost(row)]
        known = sum(row.known for row in rows)
        potential = sum((row.potential or ZERO for row in rows), ZERO)
        return LostOut(**vars(flow), potential=potential if known else None, potential_known_of=known)

    def won(self, cost_each: Decimal | None) -> WonOut:
        flow = self.flow(_was_won, "now_margin")
        back = sum(row.customers for row in self._rows if _was_won(row) and row.before)
        cost = None if cost_each is None else self._round(cost_each * flow.customers)
        return WonOut(**vars(flow), new=flow.customers - back, won_back=back, cost=cost)

    def _round(self, amount: Decimal) -> Decimal:
        return round_to_minor_unit(amount, self._currency)


def _was_lost(row: Row[Any]) -> bool:
    return bool(row.at_start and not row.at_end)


def _was_won(row: Row[Any]) -> bool:
    return bool(row.at_end and not row.at_start)
