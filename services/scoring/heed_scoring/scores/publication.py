"""Publication: the history rows and events of one transaction, collected customer by customer."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.outbox import SerializedEvent
from heed_scoring.engine.decimal_text import INDEX_DIGITS, PROBABILITY_DIGITS
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import Score, crossed_thresholds, score
from heed_scoring.engine.value.value import Value
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.scores import bulk_repository, score_document, score_events
from heed_scoring.scores.score_document import TIME_PASSED, Cause, ScoreStatement

MIN_RISK_CHANGE = 10_000
"""Of a million."""
MIN_LOYALTY_CHANGE = 100
"""Of ten thousand."""
MIN_VALUE_CHANGE_PERCENT = 1
MIN_VALUE_CHANGE = 1
"""In the major unit of the currency; the larger of both counts."""
NEW_MODEL = Cause("heed.model.published.v1")
NextTimestamp = Callable[[LockedCustomer], datetime]
"""Returns the moment of the next history row of a customer, after all earlier ones."""


class Publication:
    """The only place where a new score of a locked customer becomes history and events."""

    def __init__(self, model_version: str) -> None:
        self._model_version = model_version
        self._history: list[tuple[UUID, datetime, str]] = []
        self._events: list[SerializedEvent] = []

    def add_score(self, customer: LockedCustomer, score: Score, numbers: str, *, at: datetime, cause: Cause) -> None:
        """Publish these numbers of the customer from that moment on."""
        previous = score_document.parse_numbers(customer.published_numbers)
        statement = ScoreStatement(score, score.explanation(), customer.customer_id, at, self._model_version, cause)
        customer.publish_numbers(numbers)
        self._history.append(
            (customer.customer_id, at, score_document.serialize(statement, numbers, previous=previous))
        )
        self._events.append(score_events.score_changed(statement, version=customer.version))
        for crossing in crossed_thresholds(previous, score):
            event = score_events.threshold_crossed(statement, crossing, version=customer.next_version())
            self._events.append(event)

    def add_rhythm_breaks(
        self, customers: Sequence[LockedCustomer], seen: Sequence[Features], *, day: date, now: datetime
    ) -> None:
        """Publish the rhythms of these customers that broke since the last announcement."""
        self._events += score_events.rhythm_breaks(customers, seen, day=day, now=now)

    async def flush(self, session: AsyncSession, *, now: datetime) -> None:
        """Insert the history rows and the outbox rows in the order of publication."""
        await bulk_repository.insert_history(session, self._history)
        await outbox.stage_serialized(session, self._events, now=now)


def revalue(
    publication: Publication,
    customers: Sequence[LockedCustomer],
    seen: Sequence[Features],
    *,
    model: Model,
    next_timestamp: NextTimestamp,
) -> None:
    """Score the customers again for a new day or a new model; only significant changes are published and stored.

    The daily refresh does it for all customers. An event does it for its own customers first, so that the event is not
    named as the cause of what time or the new model changed.
    """
    for customer, result in zip(customers, score(seen, model), strict=True):
        customer.score = result
        if is_significant_change(customer.published_numbers, result):
            cause = TIME_PASSED if customer.model_version == model.version else NEW_MODEL
            numbers = score_document.serialize_numbers(result)
            publication.add_score(customer, result, numbers, at=next_timestamp(customer), cause=cause)


def is_significant_change(published: str | None, score: Score) -> bool:
    """Return whether time alone changed a number by a minimum, or over a threshold, or the lifecycle stage."""
    if published is None:
        return True
    before = from_json(published)
    value, risk = before["value"], before["churn_risk"]["probability"]
    if crossed_thresholds(before, score) or before["lifecycle"]["stage"] != score.lifecycle.stage:
        return True
    if abs(round(risk * 10**PROBABILITY_DIGITS) - score.risk.millionths) >= MIN_RISK_CHANGE:
        return True
    if value["currency"] != score.currency or _is_other_amount(value["amount"], score.value):
        return True
    return _is_other_index(before["loyalty"]["index"], score.loyalty.points)


def _is_other_amount(published: str, value: Value) -> bool:
    """Compare amounts as integers of the minor unit."""
    before = int(published.replace(".", ""))
    major_unit: int = 10**value.digits
    return abs(value.units - before) * 100 >= max(
        MIN_VALUE_CHANGE * major_unit * 100, abs(before) * MIN_VALUE_CHANGE_PERCENT
    )


def _is_other_index(published: float | None, after: str | None) -> bool:
    """Compare indices as integers of their last digit."""
    if published is None or after is None:
        return (published is None) != (after is None)
    scale: int = 10**INDEX_DIGITS
    return abs(round(published * scale) - round(float(after) * scale)) >= MIN_LOYALTY_CHANGE
