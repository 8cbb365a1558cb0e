"""Events of the other services, as the complaint service receives them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import inbox
from heed_common.broker.protocols import Record
from heed_common.contracts.customer import CustomerKind, CustomerRegistered
from heed_common.contracts.event import Event
from heed_common.contracts.scoring import ChurnRisk, ComplaintForecast, Loyalty, ScoreChanged, Value
from heed_common.contracts.survey import Answer, Measure, ResponseReceived
from heed_common.decoding import ReceivedEvent
from heed_complaint.handlers import HANDLERS

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOWHERE = Record("heed.customer", 0, 0, None, b"")
VERSIONS = count(1)


def received(event: Event, *, aggversion: int = 1) -> ReceivedEvent[Any]:
    """The event as the consumer hands it over."""
    return ReceivedEvent(uuid4(), event, aggversion, NOON, None, None, NOWHERE)


async def take_in(session: AsyncSession, *events: Event | ReceivedEvent[Any], now: datetime = NOON) -> int:
    """One batch; events without a version of their own rise."""
    batch = [one if isinstance(one, ReceivedEvent) else received(one, aggversion=next(VERSIONS)) for one in events]
    return await inbox.build_batch_handler(HANDLERS)(session, batch, now)


def make_registration(customer_id: UUID, **overrides: Any) -> CustomerRegistered:
    given = {"customer_id": customer_id, "occurred_at": NOON, "kind": CustomerKind.INDIVIDUAL}
    return CustomerRegistered(**(given | overrides))


def make_score(
    customer_id: UUID, *, tier: str = "B", complaints: Sequence[ComplaintForecast] = (), **overrides: Any
) -> ScoreChanged:
    given: dict[str, Any] = {
        "customer_id": customer_id,
        "occurred_at": NOON,
        "model_version": "prior-1",
        "value": Value(
            amount=Decimal("301.56"),
            currency="USD",
            current=Decimal("150.00"),
            potential=Decimal("151.56"),
            tier=tier,
            method="direct/prior",
        ),
        "loyalty": Loyalty(index=Decimal("55.3"), loyalty_class="latent", coverage=Decimal("0.75")),
        "churn_risk": ChurnRisk(probability=Decimal("0.831512"), horizon_days=90, band="critical", reason="service"),
        "value_at_risk": Decimal("126.02"),
        "explanation": (),
        "caused_by_event_id": None,
        "caused_by_type": "time",
        "complaints": tuple(complaints),
    }
    return ScoreChanged(**(given | overrides))


def make_outlook(complaint_id: UUID, *, saved: str = "38.58") -> ComplaintForecast:
    return ComplaintForecast(
        complaint_id=complaint_id,
        risk_if_resolved_quickly=Decimal("0.626162"),
        risk_if_unresolved=Decimal("0.880688"),
        expected_value_saved=Decimal(saved),
    )


def make_answer(
    complaint_id: UUID | None, *, solved: bool | None = True, level: int | None = None, **overrides: Any
) -> ResponseReceived:
    """Levels of pleasantness from 1 to 5."""
    answers = [Answer(item="solved", measure=Measure.OTHER, lowest=0, highest=1, value=int(bool(solved)))]
    if level is not None:
        answers.append(Answer(item="pleasant", measure=Measure.SATISFACTION, lowest=1, highest=5, value=level))
    given: dict[str, Any] = {
        "occurred_at": NOON,
        "survey_id": uuid4(),
        "survey_version": 1,
        "response_id": uuid4(),
        "answers": tuple(answers),
        "complaint_id": complaint_id,
        "solved": solved,
        "pleasant": None if level is None else level >= 3,
    }
    return ResponseReceived(**(given | overrides))
