"""Publication: the history rows and events of one transaction, collected customer by customer."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.outbox import SerializedEvent
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.score import Score
from heed_scoring.engine.thresholds import crossed_thresholds
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.scores import bulk_repository, score_document, score_events
from heed_scoring.scores.rhythm_breaks import new_breaks
from heed_scoring.scores.score_document import Cause, ScoreStatement


class Publication:
    """The only place where a new score of a locked customer becomes history and events."""

    def __init__(self, model_version: str) -> None:
        self._model_version = model_version
        self._history: list[tuple[UUID, datetime, str]] = []
        self._events: list[SerializedEvent] = []

    def add_score(self, customer: LockedCustomer, score: Score, numbers: str, *, at: datetime, cause: Cause) -> None:
        """Publish these numbers of the customer from that moment on."""
        previous = score_document.parse_numbers(customer.published_numbers)
        statement = ScoreStatement(score, score.factors(), customer.customer_id, at, self._model_version, cause)
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
        self._events += new_breaks(customers, seen, day=day, now=now)

    async def flush(self, session: AsyncSession, *, now: datetime) -> None:
        """Insert the history rows and the outbox rows in the order of publication."""
        await bulk_repository.insert_history(session, self._history)
        await outbox.stage_serialized(session, self._events, now=now)
