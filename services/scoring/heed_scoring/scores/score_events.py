"""What scoring tells the others of a score, and when the passing of time has moved it enough to be told."""

from decimal import Decimal

from pydantic_core import from_json

from heed_common.contracts.scoring import ScoreChanged, ThresholdCrossed
from heed_common.outbox import SerializedEvent
from heed_scoring.engine.churn.saved import ValueSaved
from heed_scoring.engine.decimal_text import INDEX_DIGITS, PROBABILITY_DIGITS
from heed_scoring.engine.model import HORIZON_DAYS
from heed_scoring.engine.score import Score
from heed_scoring.engine.thresholds import ThresholdCrossing, crossed_thresholds
from heed_scoring.scores import score_document
from heed_scoring.scores.score_document import Saying

RISK_STEP = 10_000
"""Of a million."""
LOYALTY_STEP = 100
"""Of ten thousand."""
VALUE_SHARE = Decimal("0.01")
VALUE_STEP = Decimal(1)


def score_changed(saying: Saying, *, version: int) -> SerializedEvent:
    """The score as an event: `ScoreChanged`, written straight as JSON as history is."""
    score, cause, subject = saying.score, saying.cause, str(saying.customer_id)
    loyalty, risk, factors = score.loyalty, score.risk, saying.factors
    explanation = [
        f'{{"score":"{name}","factor":"{factor}","contribution":"{contribution}","evidence":{score_document.ids(events)}}}'
        for name, factor, _, contribution, events in factors
    ]
    data = (
        f'{{"occurred_at":"{score_document.short_moment(saying.at)}","customer_id":"{subject}",'
        f'"model_version":"{saying.model_version}","value":{score_document.money(score)},'
        f'"loyalty":{{"index":{score_document.quoted(loyalty.points)},"loyalty_class":{score_document.quoted(loyalty.loyalty_class)},'
        f'"coverage":"{loyalty.coverage}"}},"churn_risk":{{"probability":"{risk.probability}",'
        f'"horizon_days":{HORIZON_DAYS},"band":"{risk.band}",{score_document.why(risk)}}},'
        f'"value_at_risk":"{score.value.at_risk}","explanation":[{",".join(explanation)}],'
        f'"caused_by_event_id":{score_document.quoted(cause.event_id)},"caused_by_type":"{cause.type}",'
        f'{score_document.stage(score)},"complaints":[{",".join(map(_complaint, score.saved))}]}}'
    )
    return SerializedEvent(ScoreChanged, subject, subject, data, version, cause.event_id, cause.traceparent)


def _complaint(saved: ValueSaved) -> str:
    return (
        f'{{"complaint_id":"{saved.complaint_id}","risk_if_resolved_quickly":"{saved.risk_if_resolved_quickly}",'
        f'"risk_if_unresolved":"{saved.risk_if_unresolved}","expected_value_saved":"{saved.expected_value_saved}"}}'
    )


def threshold_crossed(saying: Saying, crossing: ThresholdCrossing, *, version: int) -> SerializedEvent:
    """A border that the score has crossed: `ThresholdCrossed`, beside the `ScoreChanged` of the same moment."""
    cause, subject = saying.cause, str(saying.customer_id)
    data = (
        f'{{"occurred_at":"{score_document.short_moment(saying.at)}","customer_id":"{subject}","score":"{crossing.score}",'
        f'"from":"{crossing.before}","to":"{crossing.after}","direction":"{crossing.direction}",'
        f'"caused_by_event_id":{score_document.quoted(cause.event_id)},"caused_by_type":"{cause.type}"}}'
    )
    return SerializedEvent(ThresholdCrossed, subject, subject, data, version, cause.event_id, cause.traceparent)


def differs_enough(before: str | None, after: Score) -> bool:
    """Whether time alone has moved a number by a step that somebody would want to hear of, or over a border, or the
    customer into another stage."""
    if before is None:
        return True
    told = from_json(before)
    if crossed_thresholds(told, after) or told["lifecycle"]["stage"] != after.lifecycle.stage:
        return True
    if _differ(told["churn_risk"]["probability"], after.risk.probability, RISK_STEP, PROBABILITY_DIGITS):
        return True
    if _differ(told["loyalty"]["index"], after.loyalty.points, LOYALTY_STEP, INDEX_DIGITS):
        return True
    last = Decimal(told["value"]["amount"])
    return abs(Decimal(after.value.amount) - last) >= max(VALUE_STEP, VALUE_SHARE * abs(last))


def _differ(before: float | None, after: str | None, step: int, digits: int) -> bool:
    """Compared as the integers that they are in their last digit."""
    if before is None or after is None:
        return (before is None) != (after is None)
    scale: int = 10**digits
    return abs(round(before * scale) - round(float(after) * scale)) >= step
