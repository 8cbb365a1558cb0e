"""Published events of a score, and the changes that are significant enough to publish them."""

from decimal import Decimal

from pydantic_core import from_json

from heed_common.contracts.scoring import ScoreChanged, ThresholdCrossed
from heed_common.outbox import SerializedEvent
from heed_scoring.engine.decimal_text import INDEX_DIGITS, PROBABILITY_DIGITS
from heed_scoring.engine.score import Score
from heed_scoring.engine.thresholds import ThresholdCrossing, crossed_thresholds
from heed_scoring.scores.score_document import ScoreStatement, format_short_timestamp
from heed_scoring.scores.score_fields import codes, event_fields, quote

MIN_RISK_CHANGE = 10_000
"""Of a million."""
MIN_LOYALTY_CHANGE = 100
"""Of ten thousand."""
MIN_VALUE_CHANGE_SHARE = Decimal("0.01")
MIN_VALUE_CHANGE = Decimal(1)


def score_changed(statement: ScoreStatement, *, version: int) -> SerializedEvent:
    """Return the score as `ScoreChanged`, letter for letter as the contract would serialize it."""
    cause, subject = statement.cause, str(statement.customer_id)
    before, after = event_fields(statement.score)
    explanation = [
        f'{{"score":"{name}","factor":"{factor}","contribution":"{contribution}","evidence":{codes(events)}}}'
        for name, factor, _, contribution, events in statement.factors
    ]
    data = (
        f'{{"occurred_at":"{format_short_timestamp(statement.at)}","customer_id":"{subject}",'
        f'"model_version":"{statement.model_version}",{before},"explanation":[{",".join(explanation)}],'
        f'"caused_by_event_id":{quote(cause.event_id)},"caused_by_type":"{cause.type}",{after}}}'
    )
    return SerializedEvent(ScoreChanged, subject, subject, data, version, cause.event_id, cause.traceparent)


def threshold_crossed(statement: ScoreStatement, crossing: ThresholdCrossing, *, version: int) -> SerializedEvent:
    """Return the crossing as `ThresholdCrossed`, beside the `ScoreChanged` of the same moment."""
    cause, subject = statement.cause, str(statement.customer_id)
    data = (
        f'{{"occurred_at":"{format_short_timestamp(statement.at)}","customer_id":"{subject}",'
        f'"score":"{crossing.score}","from":"{crossing.before}","to":"{crossing.after}",'
        f'"direction":"{crossing.direction}","caused_by_event_id":{quote(cause.event_id)},'
        f'"caused_by_type":"{cause.type}"}}'
    )
    return SerializedEvent(ThresholdCrossed, subject, subject, data, version, cause.event_id, cause.traceparent)


def is_significant_change(published: str | None, score: Score) -> bool:
    """Return whether time alone changed a number by a minimum, or over a threshold, or the lifecycle stage."""
    if published is None:
        return True
    before = from_json(published)
    if crossed_thresholds(before, score) or before["lifecycle"]["stage"] != score.lifecycle.stage:
        return True
    if _differ(before["churn_risk"]["probability"], score.risk.probability, MIN_RISK_CHANGE, PROBABILITY_DIGITS):
        return True
    if _differ(before["loyalty"]["index"], score.loyalty.points, MIN_LOYALTY_CHANGE, INDEX_DIGITS):
        return True
    amount = Decimal(before["value"]["amount"])
    return abs(Decimal(score.value.amount) - amount) >= max(MIN_VALUE_CHANGE, MIN_VALUE_CHANGE_SHARE * abs(amount))


def _differ(before: float | None, after: str | None, minimum: int, digits: int) -> bool:
    """Compare the numbers as integers of their last digit."""
    if before is None or after is None:
        return (before is None) != (after is None)
    scale: int = 10**digits
    return abs(round(before * scale) - round(float(after) * scale)) >= minimum
