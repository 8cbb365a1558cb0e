"""Point-in-time features of a customer at the end of a past day, and the outcome afterwards. Pure.

Two ways to look back. As it is known now, a purchase that was reported late counts on its day, so an imported past can
be learned from; as it was known then, only what had been reported by the end of the day. In neither does anything that
came after the day reach a feature: returns are booked on the day of their purchase, so one that was learned of later
is left out, but for corrections (the purchase never was) and purchases that were themselves reported only later
(an import, whose time of knowledge is unknown).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from heed_common.business_days import BusinessDays
from heed_common.contracts.customer import ReturnReason
from heed_scoring.engine.features.features import Features, features
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.money import Money
from heed_scoring.ledger.entry import LedgerKind, LedgerRow
from heed_scoring.ledger.facts import Facts, fold

HORIZON = timedelta(days=HORIZON_DAYS)


class TimedRow(NamedTuple):
    """A ledger row and the moment of its receipt."""

    row: LedgerRow
    at: datetime


class KnowledgePolicy(StrEnum):
    """Whether rows received after the day are visible."""

    NOW = "now"
    THEN = "then"


class Outcome(NamedTuple):
    """Features of a customer on a day, and the purchase days of the 90 days after it; None while these are not over."""

    features: Features
    purchase_days: int | None

    @property
    def no_purchase(self) -> bool | None:
        """Return whether nothing was bought: the event that the churn risk predicts."""
        return None if self.purchase_days is None else self.purchase_days == 0


def features_as_of(
    rows: Sequence[TimedRow],
    *,
    day: date,
    known_until: date,
    money: Money,
    days: BusinessDays,
    knowledge: KnowledgePolicy = KnowledgePolicy.NOW,
) -> Outcome | None:
    """Return the features at the end of that business day and the outcome; None without any row by then.

    `known_until` is the last day of which all purchases are known.
    """
    facts = facts_on(rows, day=day, days=days, knowledge=knowledge)
    if facts is None:
        return None
    over = day + HORIZON <= known_until
    return Outcome(features(facts, day=day, money=money), purchase_days_after(rows, day=day) if over else None)


def facts_on(rows: Sequence[TimedRow], *, day: date, days: BusinessDays, knowledge: KnowledgePolicy) -> Facts | None:
    """Return the facts at the end of that business day; None without any row."""
    end = days.end_of(day)
    if knowledge is KnowledgePolicy.THEN:
        visible = [known.row for known in rows if _is_until(known.row, day) and known.at < end]
    else:
        visible = _visible_now(rows, day, end)
    return fold(visible) if visible else None


def purchase_days_after(rows: Iterable[TimedRow], *, day: date) -> int:
    """Return the number of the 90 days after that day with a purchase that was not returned."""
    units: dict[date, int] = {}
    for row, _ in rows:
        if (
            row.kind in (LedgerKind.PURCHASE, LedgerKind.RETURN)
            and row.day is not None
            and day < row.day <= day + HORIZON
        ):
            units[row.day] = units.get(row.day, 0) + row.units
    return sum(count > 0 for count in units.values())


def _visible_now(rows: Sequence[TimedRow], day: date, end: datetime) -> list[LedgerRow]:
    in_time = {row.day for row, at in rows if row.kind is LedgerKind.PURCHASE and at < end}
    return [row for row, at in rows if _is_until(row, day) and not (at >= end and _is_later_return(row, in_time))]


def _is_later_return(row: LedgerRow, in_time: set[date | None]) -> bool:
    reason = (row.detail or {}).get("reason")
    return row.kind is LedgerKind.RETURN and row.day in in_time and reason != ReturnReason.CORRECTION


def _is_until(row: LedgerRow, day: date) -> bool:
    return row.day is not None and row.day <= day
