"""From features to published numbers: one customer or a million through the same vectorised lines, rounded once.

Only element-wise functions are used, so that a customer scored alone gets the numbers of the same customer in a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from uuid import UUID

import numpy as np

from heed_common.currencies import exponent
from heed_measures import churn, gamma_gamma, residual
from heed_measures.arrays import Floats
from heed_measures.rounding import as_decimal, round_contributions_units, round_money_contributions, to_units
from heed_scoring.features import ComplaintFeature, Features
from heed_scoring.loyalty import INDICATORS, LoyaltyNumbers, loyalty
from heed_scoring.model import HORIZON_DAYS, PURCHASE_MODELS, Model

PROBABILITY_DIGITS = 6
INDEX_DIGITS = 2
BANDS = ((Decimal("0.75"), "critical"), (Decimal("0.50"), "high"), (Decimal("0.25"), "elevated"))
CERTAIN = 1e-9
"""No history makes leaving or staying certain; log-odds need a little room."""


@dataclass(frozen=True, slots=True)
class Factor:
    """One addend of a score, with what it saw and the events that it saw it in."""

    score: str
    factor: str
    value: str
    contribution: Decimal
    evidence: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """A customer's published numbers on one day; the factors of each add up to it exactly."""

    amount: Decimal
    current: Decimal
    potential: Decimal
    currency: str
    tier: str
    method: str
    loyalty: Decimal | None
    loyalty_class: str | None
    behaviour: Decimal | None
    attitude: Decimal | None
    coverage: Decimal
    probability: Decimal
    band: str
    reason: str
    value_at_risk: Decimal
    unknown_currencies: tuple[str, ...]
    factors: tuple[Factor, ...]


@dataclass(frozen=True, slots=True)
class _Risk:
    """Base and moved probability, and the complaint that weighs most for each customer."""

    base: Floats
    probability: Floats
    parts: Floats
    complaints: Sequence[ComplaintFeature | None]


def score(customers: Sequence[Features], model: Model) -> list[Score]:
    """The scores of these customers under one model, in their order."""
    if not customers:
        return []
    x = np.array([max(customer.purchase_days - 1, 0) for customer in customers], dtype=float)
    tx = np.array([customer.first_to_last for customer in customers]) / 7
    age = np.array([customer.age for customer in customers]) / 7
    risk = _risk(customers, model, x, tx, age)
    printed = round_contributions_units(risk.base, risk.probability, risk.parts, digits=PROBABILITY_DIGITS)
    potential = _potential(customers, model, x, tx, age)
    loyal = loyalty(customers)
    loyal_parts = _printed_loyalty(loyal)
    scores: list[Score] = []
    for row, customer in enumerate(customers):
        units = [int(printed.baseline[row]), *(int(part) for part in printed.parts[row])]
        probability = as_decimal(int(printed.total[row]), PROBABILITY_DIGITS)
        money, money_factors = _money(customer, model, float(potential[row]))
        complaint = risk.complaints[row]
        risk_factors = _risk_factors(customer, [as_decimal(unit, PROBABILITY_DIGITS) for unit in units], complaint)
        points, loyalty_factors = _loyalty_factors(customer, loyal, loyal_parts, row)
        scores.append(
            Score(
                amount=money.amount,
                current=money.current,
                potential=money.potential,
                currency=model.money.currency,
                tier=_tier(money.amount, model),
                method=_method(customer, model),
                loyalty=points,
                loyalty_class=loyal.classes[row],
                behaviour=_index(loyal.behaviour[row]),
                attitude=_index(loyal.attitude[row]),
                coverage=as_decimal(int(to_units(loyal.whole.coverage[row], digits=INDEX_DIGITS)), INDEX_DIGITS),
                probability=probability,
                band=next((band for floor, band in BANDS if probability >= floor), "low"),
                reason=_reason(risk_factors),
                value_at_risk=_cents(max(money.potential, Decimal(0)) * probability, model),
                unknown_currencies=customer.unknown_currencies,
                factors=(*money_factors, *loyalty_factors, *risk_factors),
            )
        )
    return scores


def _risk(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> _Risk:
    module = PURCHASE_MODELS[model.algorithm]
    base = module.probability_no_purchase(model.purchase, HORIZON_DAYS / 7, x, tx, age)
    base = np.clip(base, CERTAIN, 1 - CERTAIN)
    complaints = _heaviest_complaints(customers)
    satisfaction = [np.nan if customer.satisfaction is None else customer.satisfaction for customer in customers]
    weights = np.array([weight for weight, _ in complaints])
    log_odds = np.stack([weights, churn.satisfaction_contribution(satisfaction)], axis=1)
    untouched = (weights == 0) & (log_odds[:, 1] == 0)
    return _Risk(
        base,
        np.where(untouched, base, churn.combine(base, log_odds)),
        churn.attribute(base, log_odds),
        [complaint for _, complaint in complaints],
    )


def _heaviest_complaints(customers: Sequence[Features]) -> list[tuple[float, ComplaintFeature | None]]:
    """Of several complaints the largest weight counts: a maximum has no order and cannot fall when one is opened."""
    weights = churn.complaint_weights()
    heaviest: list[tuple[float, ComplaintFeature | None]] = []
    for customer in customers:
        best: tuple[float, ComplaintFeature | None] = (0.0, None)
        for complaint in customer.complaints:
            place = churn.SEVERITIES.index(complaint.severity), churn.STATES.index(complaint.ladder)
            days = np.nan if complaint.days_since_end is None else float(complaint.days_since_end)
            weight = float(churn.decayed(weights[place], days))
            if weight > best[0] or best[1] is None:
                best = weight, complaint
        heaviest.append(best)
    return heaviest


def _potential(customers: Sequence[Features], model: Model, x: Floats, tx: Floats, age: Floats) -> Floats:
    """Twelve months of expected purchases; nothing is invented for somebody who has never bought."""
    purchases = residual.discounted_purchases(PURCHASE_MODELS[model.algorithm], model.purchase, x, tx, age)
    own = np.array([customer.own_margin for customer in customers])
    repeat = np.array([customer.repeat_margin for customer in customers])
    margin = own if model.margin is None else gamma_gamma.expected_margin(model.margin, x, repeat)
    bought = np.array([customer.purchase_days > 0 for customer in customers])
    return np.where(bought, residual.discounted_residual(purchases, margin), 0.0)


@dataclass(frozen=True, slots=True)
class _MoneyNumbers:
    amount: Decimal
    current: Decimal
    potential: Decimal


def _money(customer: Features, model: Model, potential: float) -> tuple[_MoneyNumbers, list[Factor]]:
    parts = [customer.paid, -customer.production_cost, -customer.contact_cost]
    printed = round_money_contributions(
        Decimal(0), sum(parts, Decimal(0)), parts, exponent=exponent(model.money.currency)
    )
    later = _cents(Decimal(potential), model)
    names = ("paid", "production_cost", "contact_cost")
    evidence = customer.purchase_evidence
    factors = [
        Factor("value", name, "last 365 days", part, evidence if name == "paid" else ())
        for name, part in zip(names, printed.parts, strict=True)
    ]
    factors.append(Factor("value", "expected_purchases", "next 12 months", later, evidence))
    return _MoneyNumbers(printed.total + later, printed.total, later), factors


def _cents(amount: Decimal, model: Model) -> Decimal:
    unit = Decimal(1).scaleb(-exponent(model.money.currency))
    return amount.quantize(unit, rounding=ROUND_HALF_EVEN)


def _tier(amount: Decimal, model: Model) -> str:
    if amount <= 0:
        return "D"
    return next((tier for tier in ("A", "B") if amount >= Decimal(model.tiers[tier])), "C")


def _method(customer: Features, model: Model) -> str:
    """How current and potential value came about, in this order."""
    if customer.purchase_days == 0:
        return "no_purchase/none"
    current = "direct_default_margin" if customer.estimated else "direct"
    return f"{current}/{'direct' if model.fitted else 'prior'}"


def _printed_loyalty(loyal: LoyaltyNumbers) -> tuple[list[Decimal | None], list[list[Decimal]]]:
    points = np.where(np.isnan(loyal.whole.points), 0.0, loyal.whole.points)
    printed = round_contributions_units(np.zeros(len(points)), points, loyal.whole.contributions, digits=INDEX_DIGITS)
    totals = [
        None if unknown else as_decimal(int(total), INDEX_DIGITS)
        for total, unknown in zip(printed.total, np.isnan(loyal.whole.points), strict=True)
    ]
    return totals, [[as_decimal(int(part), INDEX_DIGITS) for part in row] for row in printed.parts]


def _loyalty_factors(
    customer: Features, loyal: LoyaltyNumbers, printed: tuple[list[Decimal | None], list[list[Decimal]]], row: int
) -> tuple[Decimal | None, list[Factor]]:
    totals, parts = printed
    if totals[row] is None:
        return None, []
    evidence = {"satisfaction": customer.satisfaction_evidence}
    factors = [
        Factor(
            "loyalty",
            indicator.name,
            _seen(loyal.values[row, place]),
            part,
            evidence.get(indicator.name, customer.purchase_evidence),
        )
        for place, (indicator, part) in enumerate(zip(INDICATORS, parts[row], strict=True))
        if not np.isnan(loyal.values[row, place])
    ]
    return totals[row], factors


def _seen(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _risk_factors(customer: Features, parts: Sequence[Decimal], complaint: ComplaintFeature | None) -> list[Factor]:
    pattern = (
        f"{customer.purchase_days} purchase days, last {customer.age - customer.first_to_last} days ago"
        if customer.purchase_days
        else "no purchase yet"
    )
    factors = [Factor("churn_risk", "purchase_pattern", pattern, parts[0], customer.purchase_evidence)]
    if complaint is not None:
        seen = f"{complaint.severity}, {complaint.ladder}, opened {complaint.opened}"
        name = "open_complaint" if complaint.days_since_end is None else "complaint"
        factors.append(Factor("churn_risk", name, seen, parts[1], (complaint.evidence,)))
    if customer.satisfaction is not None:
        seen = f"{customer.satisfaction:.2f} of 1"
        factors.append(Factor("churn_risk", "satisfaction", seen, parts[2], customer.satisfaction_evidence))
    return factors


def _reason(factors: Sequence[Factor]) -> str:
    """What would make the customer leave: how complaints and wishes are handled, where that raises the risk."""
    raising = [factor for factor in factors if factor.factor != "purchase_pattern" and factor.contribution > 0]
    return "service" if raising else "unknown"


def _index(points: float) -> Decimal | None:
    return None if np.isnan(points) else as_decimal(int(to_units(points, digits=INDEX_DIGITS)), INDEX_DIGITS)
