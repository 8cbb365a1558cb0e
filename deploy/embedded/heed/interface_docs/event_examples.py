"""Example events of scoring for subscribers: one complaint and its effects."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

from heed_common.contracts.event import Envelope, Event
from heed_common.contracts.scoring import (
    ChurnRisk,
    ComplaintForecast,
    Factor,
    Lifecycle,
    Loyalty,
    RhythmBroken,
    ScoreChanged,
    ThresholdCrossed,
    Value,
)

RECORDED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
IDENTIFIER = UUID("01959b3c-2a00-7000-8000-000000000001")
CUSTOMER = UUID("01959b3c-2a00-7000-8000-000000000007")
PURCHASE = UUID("01959b3c-2a00-7000-8000-000000000011")
COMPLAINT = UUID("01959b3c-2a00-7000-8000-000000000012")

SCORE_CHANGED = ScoreChanged(
    occurred_at=RECORDED_AT,
    customer_id=CUSTOMER,
    model_version="prior-1",
    value=Value(
        amount=Decimal("301.56"),
        currency="USD",
        current=Decimal("150.00"),
        potential=Decimal("151.56"),
        tier="B",
        method="direct/prior",
    ),
    loyalty=Loyalty(index=Decimal("55.3"), loyalty_class=None, coverage=Decimal("0.75")),
    churn_risk=ChurnRisk(probability=Decimal("0.831512"), horizon_days=90, band="critical", reason="service"),
    value_at_risk=Decimal("126.02"),
    explanation=(
        Factor(score="churn_risk", factor="purchase_pattern", contribution=Decimal("0.450597"), evidence=(PURCHASE,)),
        Factor(score="churn_risk", factor="open_complaint", contribution=Decimal("0.380915"), evidence=(COMPLAINT,)),
    ),
    caused_by_event_id=COMPLAINT,
    caused_by_type="heed.complaint.opened.v1",
    lifecycle=Lifecycle(stage="formation", reason="comes_back"),
    complaints=(
        ComplaintForecast(
            complaint_id=COMPLAINT,
            risk_if_resolved_quickly=Decimal("0.626162"),
            risk_if_unresolved=Decimal("0.880688"),
            expected_value_saved=Decimal("38.58"),
        ),
    ),
)
THRESHOLD_CROSSED = ThresholdCrossed(
    occurred_at=RECORDED_AT,
    customer_id=CUSTOMER,
    score="churn_risk",
    from_="elevated",
    to="critical",
    direction="up",
    caused_by_event_id=COMPLAINT,
    caused_by_type="heed.complaint.opened.v1",
)
RHYTHM_BROKEN = RhythmBroken(
    occurred_at=RECORDED_AT,
    customer_id=CUSTOMER,
    kind="life_event_candidate",
    category="nappies",
    last_bought=date(2026, 2, 12),
    usual_interval_days=Decimal("7.5"),
)
EXAMPLES: Mapping[type[Event], tuple[str, Event, UUID | None]] = {
    ScoreChanged: ("A complaint raised the risk of leaving", SCORE_CHANGED, COMPLAINT),
    ThresholdCrossed: ("The same complaint made the customer critical", THRESHOLD_CROSSED, COMPLAINT),
    RhythmBroken: ("Nappies are not bought any more, other things are", RHYTHM_BROKEN, None),
}
"""By class: what happened, the event, and the one that caused it."""


def enveloped(event: Event, *, causation: UUID | None, traceparent: str | None = None) -> Envelope:
    """The event as it is published."""
    return Envelope(
        id=IDENTIFIER,
        source=f"/heed/{event.topic.removeprefix('heed.')}",
        type=event.full_type(),
        subject=str(event.subject),
        time=RECORDED_AT,
        dataschema=f"/schemas/{event.full_type()}",
        partitionkey=str(event.key),
        aggversion=1,
        causationid=causation,
        traceparent=traceparent,
        data=event.model_dump(mode="json"),
    )
