"""The reports on what has moved: who came and went, who came back, who changed class."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

import numpy as np
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common.currencies import round_to_minor_unit
from heed_common.languages import Language
from heed_measures import retention
from heed_plots.numbers import percent
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.insights.portfolio import periods, repository, texts
from heed_scoring.insights.portfolio.errors import PeriodInvalid
from heed_scoring.insights.portfolio.schemas import (
    BucketOut,
    CohortOut,
    FlowOut,
    LostOut,
    MatrixOut,
    MigrationOut,
    RetentionOut,
    WonOut,
)
from heed_scoring.insights.portfolio.service import NOTHING, TIERS, model_in_force

NULLS = {None: "new", "null": "unknown"}
"""How the database says that nothing was said then, or no class."""
CLASSES = ("true", "latent", "spurious", "none", "unknown")


@dataclass(frozen=True, slots=True)
class Period:
    """The two days that are compared, and how long a purchase counts as activity."""

    since: date
    until: date
    window: timedelta


def period(since: date | None, until: date | None, *, window_days: int = HORIZON_DAYS, today: date) -> Period:
    """Ends today and is as long as the churn horizon, where nothing else is said."""
    end = until or today
    start = since or end - timedelta(days=HORIZON_DAYS)
    if not start < end <= today:
        raise PeriodInvalid
    return Period(start, end, timedelta(days=window_days))


async def leaky_bucket(
    session: AsyncSession, *, period: Period, acquisition_cost: Decimal | None, language: Language
) -> BucketOut:
    """What ran out of the bucket, what ran in, and what both cost."""
    model = await model_in_force(session)
    rows = await repository.flows(
        session, since=period.since, until=period.until, window=period.window, money=model.money
    )
    sums = _Sums(rows, model.money.currency)
    start, lost = sums.flow(lambda row: row.at_start, "then_margin"), sums.lost()
    won = sums.won(acquisition_cost)
    end = sums.flow(lambda row: row.at_end, "now_margin")
    kept = sums.flow(lambda row: row.at_start and row.at_end, "then_margin")
    rate = retention.retention_rate(start.customers, end.customers, won.customers) if start.customers else None
    return BucketOut(
        finding=_bucket_found(lost.customers, won.customers, language) if rows else texts.say(language, "nothing"),
        **{"from": period.since},
        until=period.until,
        window_days=period.window.days,
        currency=model.money.currency,
        start=start, lost=lost, won=won, kept=kept, end=end,
        net_customers=won.customers - lost.customers,
        net_margin=won.margin - lost.margin,
        retention_rate=None if rate is None else round(rate, 6),
    )  # fmt: skip


def _bucket_found(lost: int, won: int, language: Language) -> str:
    key = "leaks" if lost > won else "fills" if won > lost else "holds"
    return texts.say(language, f"bucket.{key}", lost=lost, won=won)


class _Sums:
    """The eight or fewer lines that the customers were counted into, added up by who is asked for."""

    def __init__(self, rows: Sequence[Row[Any]], currency: str) -> None:
        self._rows, self._currency = rows, currency

    def flow(self, chosen: Callable[[Row[Any]], bool], margin: str) -> FlowOut:
        rows = [row for row in self._rows if chosen(row)]
        customers = sum(row.customers for row in rows)
        total = self._round(sum((getattr(row, margin) for row in rows), NOTHING))
        return FlowOut(
            customers=customers, margin=total, margin_each=self._round(total / customers) if customers else None
        )

    def lost(self) -> LostOut:
        """What they would have brought is what was said of them at the start."""
        flow = self.flow(_was_lost, "then_margin")
        rows = [row for row in self._rows if _was_lost(row)]
        known = sum(row.known for row in rows)
        potential = sum((row.potential or NOTHING for row in rows), NOTHING)
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


async def cohort_retention(
    session: AsyncSession, *, cohort: Literal["month", "quarter"], count: int, language: Language, today: date
) -> RetentionOut:
    """Of those who came in each period, who still buys so many periods later."""
    months = periods.MONTHS[cohort]
    running = periods.index(today, months)
    first = running - count
    rows = await repository.cohorts(session, months=months, first=first, end=periods.start(running, months))
    counted = {(row.first, row.later): row.customers for row in rows if row.first >= first}
    cohorts = [
        _cohort(cohort, place, [counted.get((place, after), 0) for after in range(running - place)], language)
        for place in range(first, running)
        if (place, 0) in counted
    ]
    overall = _overall(counted, first, count)
    return RetentionOut(
        finding=_retention_found(overall, cohort, language),
        cohort=cohort,
        through=periods.start(running, months) - timedelta(days=1),
        earlier_customers=sum(row.customers for row in rows if row.first < first),
        overall=overall,
        cohorts=cohorts,
    )


def _cohort(kind: str, place: int, active: list[int], language: Language) -> CohortOut:
    start = periods.start(place, periods.MONTHS[kind])
    label = texts.say(language, kind, start=start, quarter=(start.month + 2) // 3)
    retained = [round(count / active[0], 6) for count in active]
    return CohortOut(start=start, label=label, customers=active[0], active=active, retained=retained)


def _overall(counted: Mapping[tuple[int, int], int], first: int, periods: int) -> list[float]:
    """Each cohort counts with its size, and only as far as it has been observed."""
    came, later = np.array(list(counted), dtype=np.int64).reshape(-1, 2).T
    table = retention.retention_matrix(came - first, later, list(counted.values()), periods=periods)
    sizes = np.array([counted.get((first + place, 0), 0) for place in range(periods)], dtype=float)
    weights = np.where(np.isnan(table), 0.0, sizes[:, np.newaxis])
    present = weights.sum(axis=0) > 0
    shares = (np.nan_to_num(table) * weights).sum(axis=0)[present] / weights.sum(axis=0)[present]
    return [round(share, 6) for share in shares.tolist()]


def _retention_found(overall: Sequence[float], kind: str, language: Language) -> str:
    if len(overall) < 2:
        return texts.say(language, "nothing")
    count, name = min(6, len(overall) - 1), texts.say(language, f"period.{kind}")
    key = "retention.found" if count > 1 else "retention.found_one"
    return texts.say(language, key, first=percent(overall[1]), later=percent(overall[count]), count=count, period=name)


async def migration(session: AsyncSession, *, period: Period, language: Language) -> MigrationOut:
    """Who moved between tiers and between classes of loyalty."""
    rows = await repository.moves(session, since=period.since, until=period.until)
    tiers = _matrix(rows, "tier", TIERS, language)
    loyalty = _matrix(rows, "loyalty", CLASSES, language, ranked=CLASSES[:-1])
    moved = tiers.up + tiers.down + tiers.stayed
    finding = texts.say(language, "migration.found", up=tiers.up, down=tiers.down, stayed=percent(tiers.stayed, moved))
    return MigrationOut(
        finding=finding if moved else texts.say(language, "nothing"),
        **{"from": period.since},
        until=period.until,
        tiers=tiers,
        loyalty=loyalty,
    )


def _matrix(
    rows: Sequence[Row[Any]],
    name: str,
    classes: Sequence[str],
    language: Language,
    *,
    ranked: Sequence[str] | None = None,
) -> MatrixOut:
    """The best class first; between classes without a rank nobody goes up or down."""
    counted, kind = _counted(rows, name, classes), "tier" if name == "tier" else "class"
    order = [*classes, "new"]
    table, ranks = np.array(counted)[: len(classes)], len(ranked or classes)
    moves = table[:ranks, :ranks]
    return MatrixOut(
        rows=order,
        columns=list(classes),
        labels={code: texts.label(language, kind, code) for code in order},
        customers=counted,
        up=int(np.tril(moves, -1).sum()),
        stayed=int(np.trace(table)),
        down=int(np.triu(moves, 1).sum()),
        new=sum(counted[-1]),
    )


def _counted(rows: Sequence[Row[Any]], name: str, classes: Sequence[str]) -> list[list[int]]:
    places = {code: place for place, code in enumerate([*classes, "new"])}
    counted = [[0] * len(classes) for _ in places]
    for row in rows:
        before, after = (getattr(row, f"{name}_{when}") for when in ("before", "after"))
        counted[places[NULLS.get(before, before)]][places[NULLS.get(after, after)]] += row.customers
    return counted
