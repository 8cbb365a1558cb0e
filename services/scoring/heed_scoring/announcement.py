"""What scoring tells the others of a score, and when the passing of time has moved it enough to be told."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from heed_common.contracts.scoring import ScoreChanged
from heed_scoring.said import Said

RISK_STEP = Decimal("0.01")
LOYALTY_STEP = Decimal(1)
VALUE_SHARE = Decimal("0.01")
VALUE_STEP = Decimal(1)


def score_changed(said: Said, *, at: datetime) -> ScoreChanged:
    """The score as an event."""
    loyalty, cause = said["loyalty"], said["caused_by"]
    return ScoreChanged.model_validate(
        {
            "occurred_at": at,
            "customer_id": said["customer_id"],
            "model_version": said["model_version"],
            "value": said["value"],
            "loyalty": loyalty | {"loyalty_class": loyalty["class"]},
            "churn_risk": said["churn_risk"],
            "value_at_risk": said["value_at_risk"]["amount"],
            "explanation": said["explanation"],
            "caused_by_event_id": cause.get("event_id"),
            "caused_by_type": cause["type"],
        }
    )


def differs_enough(before: dict[str, Any] | None, after: Said) -> bool:
    """Whether time alone has moved a number by a step that somebody would want to hear of."""
    if before is None:
        return True
    risk = _distance(before["churn_risk"]["probability"], after["churn_risk"]["probability"])
    loyalty = _distance(before["loyalty"]["index"], after["loyalty"]["index"])
    last = Decimal(before["value"]["amount"])
    value = abs(Decimal(after["value"]["amount"]) - last)
    return risk >= RISK_STEP or loyalty >= LOYALTY_STEP or value >= max(VALUE_STEP, VALUE_SHARE * abs(last))


def _distance(before: float | None, after: float | None) -> Decimal:
    if before is None or after is None:
        return Decimal(0) if before == after else Decimal("Infinity")
    return abs(Decimal(str(after)) - Decimal(str(before)))
