"""What scoring tells the others of a score, and when the passing of time has moved it enough to be told."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from heed_common.contracts.scoring import ChurnRisk, Factor, Loyalty, ScoreChanged, Value
from heed_scoring.said import Said

RISK_STEP = Decimal("0.01")
LOYALTY_STEP = Decimal(1)
VALUE_SHARE = Decimal("0.01")
VALUE_STEP = Decimal(1)


def score_changed(said: Said) -> ScoreChanged:
    """The score as an event."""
    value, loyalty, risk, cause = said["value"], said["loyalty"], said["churn_risk"], said["caused_by"]
    return ScoreChanged(
        occurred_at=said["as_of"],
        customer_id=UUID(said["customer_id"]),
        model_version=said["model_version"],
        value=Value(**value),
        loyalty=Loyalty(
            index=_decimal(loyalty["index"]),
            loyalty_class=loyalty["class"],
            coverage=Decimal(str(loyalty["coverage"])),
        ),
        churn_risk=ChurnRisk(**(risk | {"probability": _decimal(risk["probability"])})),
        value_at_risk=Decimal(said["value_at_risk"]["amount"]),
        explanation=tuple(
            Factor(
                score=factor["score"],
                factor=factor["factor"],
                contribution=Decimal(str(factor["contribution"])),
                evidence=tuple(factor["evidence"]),
            )
            for factor in said["explanation"]
        ),
        caused_by_event_id=UUID(cause["event_id"]) if "event_id" in cause else None,
        caused_by_type=cause["type"],
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


def _decimal(value: float | None) -> Any:  # noqa: ANN401 - None stays None, whichever field it stands in
    return None if value is None else Decimal(str(value))
