"""What the formulas see of a customer's facts on one day: numbers, and of what each consists."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from heed_common.contracts.survey import Measure
from heed_scoring.facts import Facts
from heed_scoring.ledger import FILED_ELSEWHERE, SCALE
from heed_scoring.model import Money

YEAR = timedelta(days=365)
OPEN_STATES = {"received", "accepted", "contacted", "committed"}
GIVEN_UP_STATES = {"declined", "referred"}


@dataclass(slots=True)
class ComplaintFeature:
    """A complaint as the ladder of repurchase sees it."""

    complaint_id: str
    severity: str
    ladder: str
    opened: str
    days_since_end: int | None
    """None while it goes on; its weight does not fade before the end."""
    evidence: str


@dataclass(slots=True)
class Purchases:
    """What was bought until now; amounts are integers, `Money.digits` of them behind the point."""

    days: int = 0
    first: str = ""
    last: str = ""
    first_margin: int = 0
    margin: int = 0
    """Of all purchase days."""
    paid_in_year: int = 0
    margin_in_year: int = 0
    unknown_currencies: tuple[str, ...] = ()


@dataclass(slots=True)
class Features:
    """One customer on one day; time in days, money in the model's currency."""

    purchase_days: int
    first_to_last: int
    age: int
    repeat_margin: float
    """Mean margin of the purchase days after the first; 0 where there are none."""
    own_margin: float
    """Mean margin of all purchase days."""
    paid: int
    production_cost: int
    contact_cost: int
    """These three as integers, `Money.digits` of them behind the point."""
    estimated: bool
    returned_share: float
    referrals: int
    complaints: list[ComplaintFeature]
    satisfaction: float | None
    satisfaction_evidence: tuple[str, ...]
    purchase_evidence: tuple[str, ...]
    unknown_currencies: tuple[str, ...]


def features(facts: Facts, *, day: date, money: Money) -> Features:
    """The facts as seen on that UTC day."""
    year_ago = (day - YEAR).isoformat()
    bought = _purchases(facts, year_ago, money.weights)
    first = date.fromisoformat(bought.first) if bought.days else day
    last = date.fromisoformat(bought.last) if bought.days else day
    satisfaction, answers = _satisfaction(facts)
    unit, returned = 10**money.digits, sum(facts.returned_units.values())
    return Features(
        purchase_days=bought.days,
        first_to_last=(last - first).days,
        age=(max(day, last) - first).days,
        repeat_margin=(bought.margin - bought.first_margin) / (unit * (bought.days - 1)) if bought.days > 1 else 0.0,
        own_margin=bought.margin / (unit * bought.days) if bought.days else 0.0,
        paid=bought.paid_in_year,
        production_cost=bought.paid_in_year - bought.margin_in_year,
        contact_cost=_contact_cost(facts, year_ago, money.weights),
        estimated=facts.estimated_margins > 0,
        returned_share=min(returned / facts.bought_units, 1.0) if facts.bought_units > 0 else 0.0,
        referrals=facts.referrals,
        complaints=_complaints(facts, day) if facts.complaints else [],
        satisfaction=satisfaction,
        satisfaction_evidence=answers,
        purchase_evidence=tuple(facts.last_purchase[1:]),
        unknown_currencies=bought.unknown_currencies,
    )


def _purchases(facts: Facts, year_ago: str, weights: Mapping[str, int]) -> Purchases:
    """Currencies without a rate are left out of the sums and named; days as ISO dates sort as they fall."""
    bought, unknown = Purchases(), set()
    for on in sorted(facts.purchases):
        units = margin = 0
        for currency, (count, paid, gained) in facts.purchases[on].items():
            units += count
            weight = weights.get(currency)
            if weight is None:
                unknown.add(currency)
                continue
            margin += gained * weight
            if on > year_ago:
                bought.paid_in_year += paid * weight
                bought.margin_in_year += gained * weight
        if units > 0:
            _note_day(bought, on, margin)
    bought.unknown_currencies = tuple(sorted(unknown)) if unknown else ()
    return bought


def _note_day(bought: Purchases, on: str, margin: int) -> None:
    if not bought.days:
        bought.first, bought.first_margin = on, margin
    bought.days += 1
    bought.last = on
    bought.margin += margin


def _contact_cost(facts: Facts, year_ago: str, weights: Mapping[str, int]) -> int:
    return sum(
        cost * weights.get(currency, 0)
        for on, costs in facts.contact_costs.items()
        if on > year_ago
        for currency, cost in costs.items()
    )


def _satisfaction(facts: Facts) -> tuple[float | None, tuple[str, ...]]:
    """The mean of the last answer to each item, from 0 to 1."""
    answers = facts.answers.get(Measure.SATISFACTION)
    if not answers:
        return None, ()
    levels = sum(answer["last"][2] for answer in answers.values())
    return levels / (SCALE * len(answers)), tuple(sorted({answer["last"][1] for answer in answers.values()}))


def _complaints(facts: Facts, day: date) -> list[ComplaintFeature]:
    return [
        _complaint(key, state, day)
        for key, state in sorted(facts.complaints.items())
        if state["state"] != FILED_ELSEWHERE
    ]


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
        state["event"],
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
