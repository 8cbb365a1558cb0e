"""What is said of a customer: a score with its moment, its cause and what was said before, as others read it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from heed_scoring.ledger import LedgerRow
from heed_scoring.model import HORIZON_DAYS
from heed_scoring.score import Factor, Score

Said = dict[str, Any]
"""The score in the shape of the outside contract, as JSON."""


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that moved the numbers, or the passing of time."""

    type: str
    event_id: UUID | None = None

    def to_json(self) -> dict[str, str]:
        return {"type": self.type} if self.event_id is None else {"event_id": str(self.event_id), "type": self.type}


TIME = Cause("time")


def cause_of(row: LedgerRow) -> Cause:
    return Cause(row.type, row.event_id)


def say(
    customer_id: UUID, score: Score, *, at: datetime, model_version: str, cause: Cause, before: Said | None
) -> Said:
    """Probabilities and indices go out as numbers, money as decimal strings."""
    return {
        "customer_id": str(customer_id),
        "as_of": moment(at),
        "model_version": model_version,
        "value": {
            "amount": str(score.amount),
            "currency": score.currency,
            "current": str(score.current),
            "potential": str(score.potential),
            "tier": score.tier,
            "method": score.method,
        },
        "loyalty": {
            "index": _number(score.loyalty),
            "class": score.loyalty_class,
            "behaviour": _number(score.behaviour),
            "attitude": _number(score.attitude),
            "coverage": _number(score.coverage),
        },
        "churn_risk": {
            "probability": _number(score.probability),
            "horizon_days": HORIZON_DAYS,
            "band": score.band,
            "reason": score.reason,
        },
        "value_at_risk": {"amount": str(score.value_at_risk), "currency": score.currency},
        "coverage": {"currencies_left_out": list(score.unknown_currencies)},
        "explanation": [_factor(factor) for factor in score.factors],
        "caused_by": cause.to_json(),
        "previous": previous(before),
    }


def previous(before: Said | None) -> dict[str, Any] | None:
    """The three numbers that stood before."""
    if before is None:
        return None
    return {
        "churn_risk": before["churn_risk"]["probability"],
        "loyalty": before["loyalty"]["index"],
        "value": before["value"]["amount"],
    }


def numbers(said: Said) -> dict[str, Any]:
    """What counts as a change when it differs."""
    return {name: said[name] for name in ("value", "loyalty", "churn_risk", "value_at_risk")}


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _factor(factor: Factor) -> dict[str, Any]:
    amount = str(factor.contribution) if factor.score == "value" else float(factor.contribution)
    return {
        "score": factor.score,
        "factor": factor.factor,
        "value": factor.value,
        "contribution": amount,
        "evidence": [str(event) for event in factor.evidence],
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
