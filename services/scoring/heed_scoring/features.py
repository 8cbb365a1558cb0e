"""What the formulas see of a customer's facts on one day: numbers, and of what each consists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from heed_scoring.facts import Facts
from heed_scoring.ledger import FILED_ELSEWHERE, SCALE
from heed_scoring.model import Money

YEAR = timedelta(days=365)
OPEN_STATES = {"received", "accepted", "contacted", "committed"}
GIVEN_UP_STATES = {"declined", "referred"}


@dataclass(frozen=True, slots=True)
class ComplaintFeature:
    """A complaint as the ladder of repurchase sees it."""

    complaint_id: str
    severity: str
    ladder: str
    opened: str
    days_since_end: int | None
    """None while it goes on; its weight does not fade before the end."""
    evidence: UUID


@dataclass(frozen=True, slots=True)
class Features:
    """One customer on one day; time in days, money in the model's currency."""

    purchase_days: int
    first_to_last: int
    age: int
    repeat_margin: float
    """Mean margin of the purchase days after the first; 0 where there are none."""
    own_margin: float
    """Mean margin of all purchase days."""
    paid: Decimal
    production_cost: Decimal
    contact_cost: Decimal
    estimated: bool
    returned_share: float
    referrals: int
    complaints: tuple[ComplaintFeature, ...]
    satisfaction: float | None
    satisfaction_evidence: tuple[UUID, ...]
    purchase_evidence: tuple[UUID, ...]
    unknown_currencies: tuple[str, ...]


def features(facts: Facts, *, day: date, money: Money) -> Features:
    """The facts as seen on that UTC day."""
    days = sorted(on for on, totals in facts.purchases.items() if sum(units for units, _, _ in totals.values()) > 0)
    first, last = (date.fromisoformat(days[0]), date.fromisoformat(days[-1])) if days else (day, day)
    year = {on: totals for on, totals in facts.purchases.items() if _within_year(on, day)}
    margins = {on: _worth({code: totals[2] for code, totals in facts.purchases[on].items()}, money) for on in days}
    repeat = sum((margins[on] for on in days[1:]), Decimal(0))
    paid, margin = _total(year, 1, money), _total(year, 2, money)
    satisfaction, answers = _satisfaction(facts)
    return Features(
        purchase_days=len(days),
        first_to_last=(last - first).days,
        age=max(day - first, last - first).days,
        repeat_margin=float(repeat / (len(days) - 1)) if len(days) > 1 else 0.0,
        own_margin=float(sum(margins.values(), Decimal(0)) / len(days)) if days else 0.0,
        paid=paid,
        production_cost=paid - margin,
        contact_cost=sum(
            (_worth(costs, money) for on, costs in sorted(facts.contact_costs.items()) if _within_year(on, day)),
            Decimal(0),
        ),
        estimated=facts.estimated_margins > 0,
        returned_share=min(facts.returned_units / facts.bought_units, 1.0) if facts.bought_units > 0 else 0.0,
        referrals=facts.referrals,
        complaints=tuple(
            _complaint(key, state, day)
            for key, state in sorted(facts.complaints.items())
            if state["state"] != FILED_ELSEWHERE
        ),
        satisfaction=satisfaction,
        satisfaction_evidence=answers,
        purchase_evidence=tuple(UUID(event) for event in facts.last_purchase[1:]),
        unknown_currencies=_unknown_currencies(facts, money),
    )


def _within_year(on: str, day: date) -> bool:
    return date.fromisoformat(on) > day - YEAR


def _worth(amounts: Mapping[str, int], money: Money) -> Decimal:
    """Amounts of several currencies in one; those without a rate are left out and named elsewhere."""
    rated = ((money.rate(currency), units) for currency, units in sorted(amounts.items()))
    return sum((rate * units / SCALE for rate, units in rated if rate is not None), Decimal(0))


def _total(days: Mapping[str, Mapping[str, list[int]]], column: int, money: Money) -> Decimal:
    sums: dict[str, int] = {}
    for totals in days.values():
        for currency, amounts in totals.items():
            sums[currency] = sums.get(currency, 0) + amounts[column]
    return _worth(sums, money)


def _unknown_currencies(facts: Facts, money: Money) -> tuple[str, ...]:
    seen = {currency for totals in facts.purchases.values() for currency in totals}
    return tuple(sorted(currency for currency in seen if money.rate(currency) is None))


def _satisfaction(facts: Facts) -> tuple[float | None, tuple[UUID, ...]]:
    """The mean of the last answer to each item, from 0 to 1."""
    if not facts.answers:
        return None, ()
    levels = sum(int(answer["level"]) for answer in facts.answers.values())
    events = {UUID(answer["event"]) for answer in facts.answers.values()}
    return levels / (SCALE * len(facts.answers)), tuple(sorted(events))


def _complaint(complaint_id: str, state: dict[str, Any], day: date) -> ComplaintFeature:
    ladder = _ladder(state)
    ended = state["completed"] or state["ended"]
    over = ladder not in {"open", "breached"} and ended is not None
    return ComplaintFeature(
        complaint_id,
        state["severity"],
        ladder,
        state["opened"],
        (day - date.fromisoformat(ended)).days if over else None,
        UUID(state["event"]),
    )


def _ladder(state: dict[str, Any]) -> str:
    """Where on the repurchase ladder a complaint stands. One that the customer withdrew counts as resolved."""
    if state["state"] in OPEN_STATES:
        return "breached" if state["breached"] else "open"
    if state["state"] == "withdrawn":
        return "resolved"
    if state["state"] in GIVEN_UP_STATES or state["completed"] is None or state["solved"] is False:
        return "unresolved"
    return "resolved_quickly" if state["within_target"] else "resolved"
