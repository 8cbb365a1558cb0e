"""Features of a customer on one day: the numbers that all formulas use, and their evidence."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal, NamedTuple

from heed_common.contracts.survey import Measure
from heed_scoring.engine.features.answers import SurveyAnswers, survey_answers
from heed_scoring.engine.features.costs import Costs, costs
from heed_scoring.engine.money import Money
from heed_scoring.ledger.closed_days import ClosedDays
from heed_scoring.ledger.day_set import DaySet
from heed_scoring.ledger.entry import NO_CHURN_EFFECT, SCALE, UNVOICED
from heed_scoring.ledger.facts import Facts
from heed_scoring.ledger.records import ComplaintState, DatedEvent, ItemAnswers

ResolutionStage = Literal["resolved_quickly", "resolved", "open", "breached", "unresolved", "silent"]
"""Step of the repurchase ladder, as in `heed_measures.churn.STATES`."""
YEAR = timedelta(days=365)
OPEN_STATES = {"received", "accepted", "contacted", "committed"}
UNRESOLVED_STATES = {"declined", "referred"}


@dataclass(slots=True)
class ComplaintFeature:
    """A complaint as input of the churn risk."""

    complaint_id: str
    severity: str
    category: str
    stage: ResolutionStage
    opened: str
    days_since_end: int | None
    """None while open; the weight of an open complaint does not decay."""
    evidence: str
    confidential: bool = False

    @property
    def is_open(self) -> bool:
        return self.stage in {"open", "breached"}


@dataclass(slots=True)
class Purchases:
    """Purchases until the day; amounts are integers with `Money.digits` decimals."""

    days: int = 0
    first: str = ""
    last: str = ""
    first_margin: int = 0
    margin: int = 0
    """Sum over all purchase days."""
    days_in_year: int = 0
    paid_in_year: int = 0
    margin_in_year: int = 0
    unknown_currencies: set[str] = field(default_factory=set)
    undone: list[str] = field(default_factory=list)
    """Fully returned days, which are no purchase days."""


class Attitude(NamedTuple):
    """Mean of the last answer to each item of a measure, from 0 to 1, and its events."""

    level: float
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Features:
    """Features of one customer on one day; time in days, money in the model's currency."""

    purchase_days: int
    first_to_last: int
    age: int
    repeat_margin: float
    """Mean margin of the repeat purchase days; 0 without any."""
    own_margin: float
    """Mean margin of all purchase days."""
    paid: int
    production_cost: int
    """Both are integers with `Money.digits` decimals."""
    costs: Costs
    days_in_year: int
    """Purchase days among the last 365."""
    estimated: bool
    rated_share: float
    """Share of purchases in a currency with a known rate."""
    categories: int
    """Number of purchased categories; 0 where no purchase names one."""
    returned_share: float
    return_reason: str | None
    """The reason with the most returned units."""
    return_evidence: tuple[str, ...]
    hand_overs: int
    hand_over_evidence: tuple[str, ...]
    referrals: int
    referral_evidence: tuple[str, ...]
    complaints: list[ComplaintFeature]
    satisfaction: float | None
    satisfaction_evidence: tuple[str, ...]
    attitudes: dict[str, Attitude]
    """By measure, where there are answers."""
    answers: SurveyAnswers
    purchase_evidence: tuple[str, ...]
    unknown_currencies: tuple[str, ...]
    last_day: int
    """Day of the last purchase, as an ordinal."""
    category_days: Mapping[str, DaySet]
    """Purchase days by the normal form of the category."""
    category_names: Mapping[str, str]
    """Spelling of the category where it is not the normal form."""
    undone: Collection[int]
    """Fully returned days, which are no purchase days, as ordinals."""


def year_before(day: date) -> date:
    """Return the day after which the year of a score begins. On the days from then on facts must be open."""
    return day - YEAR


def features(facts: Facts, *, day: date, money: Money) -> Features:
    """Return the features on that business day."""
    year_ago = year_before(day).isoformat()
    bought = _purchases(facts, year_ago, money.weights)
    first = date.fromisoformat(bought.first) if bought.days else day
    last = date.fromisoformat(bought.last) if bought.days else day
    spent = costs(facts, year_ago=year_ago, day=day, first_purchase=first if bought.days else None, money=money)
    attitudes = {measure: _attitude(answers) for measure, answers in facts.answers.items()}
    satisfaction = attitudes.get(Measure.SATISFACTION)
    unit = 10**money.digits
    return Features(
        purchase_days=bought.days,
        first_to_last=(last - first).days,
        age=(max(day, last) - first).days,
        repeat_margin=(bought.margin - bought.first_margin) / (unit * (bought.days - 1)) if bought.days > 1 else 0.0,
        own_margin=bought.margin / (unit * bought.days) if bought.days else 0.0,
        paid=bought.paid_in_year,
        production_cost=bought.paid_in_year - bought.margin_in_year,
        costs=spent,
        days_in_year=bought.days_in_year,
        estimated=facts.estimated_margins > 0,
        rated_share=_rated_share(facts, money.weights) if bought.unknown_currencies else 1.0,
        categories=len(facts.category_days),
        returned_share=_returned_share(facts) if facts.returned_units else 0.0,
        return_reason=_main_reason(facts.returned_units) if facts.returned_units else None,
        return_evidence=_event(facts.last_return),
        hand_overs=facts.hand_overs,
        hand_over_evidence=_event(facts.last_hand_over),
        referrals=facts.referrals + len(facts.referred),
        referral_evidence=_event(facts.last_referral),
        complaints=_complaints(facts, day) if facts.complaints else [],
        satisfaction=satisfaction and satisfaction.level,
        satisfaction_evidence=satisfaction.evidence if satisfaction else (),
        attitudes=attitudes,
        answers=survey_answers(facts),
        purchase_evidence=_event(facts.last_purchase),
        unknown_currencies=tuple(sorted(bought.unknown_currencies | spent.unknown_currencies)),
        last_day=last.toordinal(),
        category_days=facts.category_days,
        category_names=facts.category_names,
        undone={date.fromisoformat(on).toordinal() for on in bought.undone} if bought.undone else (),
    )


def _purchases(facts: Facts, year_ago: str, weights: Mapping[str, int]) -> Purchases:
    """Sum up the purchases; currencies without a rate are left out. ISO dates sort chronologically."""
    bought = Purchases() if facts.closed is None else _closed_purchases(facts.closed, year_ago, weights)
    days = []
    for on, currencies in facts.purchases.items():
        units = paid = margin = 0
        for currency, (count, gross, gained) in currencies.items():
            units += count
            weight = weights.get(currency)
            if weight is None:
                bought.unknown_currencies.add(currency)
            else:
                paid += gross * weight
                margin += gained * weight
        if on > year_ago:
            bought.days_in_year += units > 0
            bought.paid_in_year += paid
            bought.margin_in_year += margin
        if units > 0:
            days.append(on)
            bought.margin += margin
        else:
            bought.undone.append(on)
    if days:
        _add_purchase_days(bought, days, facts, weights)
    return bought


def _closed_purchases(closed: ClosedDays, year_ago: str, weights: Mapping[str, int]) -> Purchases:
    """Return the sums of the closed days. Raises `ValueError` if one is in the year: then they must be opened."""
    first, last = (date.fromordinal(day).isoformat() for day in (closed.days.first, closed.days.last))
    if last > year_ago:
        raise ValueError("the days of the year must be open")
    return Purchases(
        days=len(closed.days),
        first=first,
        last=last,
        first_margin=_sum(closed.first_margins, weights),
        margin=_sum(closed.margins, weights),
        unknown_currencies=closed.margins.keys() - weights.keys(),
    )


def _add_purchase_days(bought: Purchases, days: Sequence[str], facts: Facts, weights: Mapping[str, int]) -> None:
    """Add the number of these open days, and the first and the last of them."""
    first = min(days)
    if not bought.days or first < bought.first:
        margins = {currency: margin for currency, (_, _, margin) in facts.purchases[first].items()}
        bought.first, bought.first_margin = first, _sum(margins, weights)
    bought.days += len(days)
    bought.last = max(bought.last, *days)


def _sum(amounts: Mapping[str, int], weights: Mapping[str, int]) -> int:
    return sum(amount * weights.get(currency, 0) for currency, amount in amounts.items())


def _returned_share(facts: Facts) -> float:
    return min(sum(facts.returned_units.values()) / facts.bought_units, 1.0) if facts.bought_units > 0 else 0.0


def _rated_share(facts: Facts, weights: Mapping[str, int]) -> float:
    rated = sum(count for currency, count in facts.bought_in.items() if currency in weights)
    every = sum(facts.bought_in.values())
    return rated / every if every else 1.0


def _event(dated: DatedEvent | None) -> tuple[str, ...]:
    return () if dated is None else dated[1:]


def _attitude(answers: Mapping[str, ItemAnswers]) -> Attitude:
    last = [answer["last"] for answer in answers.values()]
    return Attitude(sum(level for _, _, level in last) / (SCALE * len(last)), tuple(sorted({on for _, on, _ in last})))


def _main_reason(units: Mapping[str, int]) -> str:
    """Return the reason with the most units; of equal ones the first by name."""
    return min(units, key=lambda reason: (-units[reason], reason))


def _complaints(facts: Facts, day: date) -> list[ComplaintFeature]:
    return [
        _complaint(key, state, day)
        for key, state in sorted(facts.complaints.items())
        if state["state"] not in NO_CHURN_EFFECT
    ]


def _complaint(complaint_id: str, state: ComplaintState, day: date) -> ComplaintFeature:
    stage = _resolution_stage(state)
    # A grievance that was never voiced is not handled: its weight decays from the day on which it was recorded.
    ended = state["completed"] or state["ended"] or (state["opened"] if stage == "silent" else None)
    if stage in {"open", "breached"}:
        ended = None
    return ComplaintFeature(
        complaint_id,
        state["severity"],
        state["category"],
        stage,
        state["opened"],
        (day - date.fromisoformat(ended)).days if ended is not None else None,
        state["event"],
        state.get("confidential", False),
    )


def _resolution_stage(state: ComplaintState) -> ResolutionStage:
    """Return the stage of resolution; a complaint withdrawn by the customer counts as resolved."""
    if state["state"] == UNVOICED:
        return "silent"
    if state["state"] in OPEN_STATES:
        return "breached" if state["breached"] else "open"
    if state["state"] == "withdrawn":
        return "resolved"
    if state["state"] in UNRESOLVED_STATES or state["completed"] is None or state["solved"] is False:
        return "unresolved"
    return "resolved_quickly" if state["within_target"] else "resolved"
