"""Explanation of a churn risk: one factor for the purchase pattern, and one for each other input."""

from collections.abc import Callable, Mapping

from heed_scoring.engine.churn.churn import FACTORS, Risk
from heed_scoring.engine.decimal_text import Factor, probability
from heed_scoring.engine.features.answers import SurveyLevel
from heed_scoring.engine.features.features import Features

FactorParts = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Name of the factor, its input values, and the events that are its evidence."""


def factors(customer: Features, risk: Risk) -> list[Factor]:
    """Return the factors of the risk; they add up to the probability exactly."""
    pattern = (str(customer.purchase_days), str(_days_since_last(customer)))
    evidence = customer.purchase_evidence
    found = [Factor("churn_risk", "purchase_pattern", pattern, probability(risk.base), evidence)]
    for name, part in zip(FACTORS, risk.parts, strict=True):
        line = FACTOR_BUILDERS[name](customer, risk, part)
        if line is not None:
            name_shown, seen, events = line
            found.append(Factor("churn_risk", name_shown, seen, probability(part), events))
    return found


def _complaint(_: Features, risk: Risk, __: int) -> FactorParts | None:
    complaint = risk.complaint
    if complaint is None:
        return None
    name = "open_complaint" if complaint.is_open else "complaint"
    return name, (complaint.severity, complaint.stage, complaint.opened), (complaint.evidence,)


def _level_factor(name: str, answer: SurveyLevel | None) -> FactorParts | None:
    return None if answer is None else (name, (f"{answer.level:.2f}",), answer.evidence)


def _satisfaction(customer: Features, _: Risk, __: int) -> FactorParts | None:
    if customer.satisfaction is None:
        return None
    return "satisfaction", (f"{customer.satisfaction:.2f}",), customer.satisfaction_evidence


def _trend(customer: Features, _: Risk, __: int) -> FactorParts | None:
    answer = customer.answers.satisfaction_trend
    return None if answer is None else ("satisfaction_trend", (f"{answer.level:+.2f}",), answer.evidence)


def _attitude(customer: Features, _: Risk, __: int) -> FactorParts | None:
    return _level_factor("attitude", customer.answers.attitude)


def _barriers(customer: Features, _: Risk, __: int) -> FactorParts | None:
    return _level_factor("barriers", customer.answers.barrier)


def _returns(customer: Features, _: Risk, __: int) -> FactorParts | None:
    if not customer.returned_share:
        return None
    return "returns", (f"{customer.returned_share:.2f}", str(customer.return_reason)), customer.return_evidence


def _rhythm(customer: Features, _: Risk, part: int) -> FactorParts | None:
    if not part:
        return None
    interval = customer.first_to_last / (customer.purchase_days - 1)
    return "rhythm", (str(_days_since_last(customer)), f"{interval:.0f}"), customer.purchase_evidence


def _hand_overs(customer: Features, _: Risk, __: int) -> FactorParts | None:
    if not customer.hand_overs:
        return None
    return "hand_overs", (str(customer.hand_overs),), customer.hand_over_evidence


def _days_since_last(customer: Features) -> int:
    return customer.age - customer.first_to_last


FACTOR_BUILDERS: Mapping[str, Callable[[Features, Risk, int], FactorParts | None]] = {
    "complaint": _complaint,
    "satisfaction": _satisfaction,
    "satisfaction_trend": _trend,
    "attitude": _attitude,
    "returns": _returns,
    "rhythm": _rhythm,
    "hand_overs": _hand_overs,
    "barriers": _barriers,
}
