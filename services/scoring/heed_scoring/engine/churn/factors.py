"""Explanation of a churn risk: one factor for the purchase pattern, and one for each other input."""

from collections.abc import Callable, Mapping

from heed_scoring.engine.churn.churn import FACTORS, Risk
from heed_scoring.engine.explanation import CHURN_RISK, Line, numbers_of
from heed_scoring.engine.features.answers import SurveyLevel
from heed_scoring.engine.features.features import Features

NUMBERS = numbers_of(CHURN_RISK)
FactorParts = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Name of the factor, its input values, and the events that are its evidence."""


def lines(customer: Features, risk: Risk) -> list[Line]:
    """Return the lines of the risk; they add up to the probability exactly."""
    pattern = (str(customer.purchase_days), str(_days_since_last(customer)))
    evidence = customer.purchase_evidence
    found: list[Line] = [(NUMBERS["purchase_pattern"], risk.base, pattern, evidence)]
    if _is_pattern_all(customer, risk):
        return found
    for name, part in zip(FACTORS, risk.parts, strict=True):
        line = FACTOR_BUILDERS[name](customer, risk, part)
        if line is not None:
            name_shown, seen, events = line
            found.append((NUMBERS[name_shown], part, seen, events))
    return found


def _is_pattern_all(customer: Features, risk: Risk) -> bool:
    """Return whether nothing but purchases is known, as of most customers."""
    is_known = customer.attitudes or customer.hand_overs or customer.returned_share or risk.complaint is not None
    return not is_known and risk.millionths == risk.base


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
