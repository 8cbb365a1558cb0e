"""The one place where a new score of a locked customer becomes history and events."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from heed_common import outbox
from heed_common.outbox import SerializedEvent
from heed_scoring.engine.features.features import Features
from heed_scoring.engine.score import Score
from heed_scoring.engine.thresholds import crossed_thresholds
from heed_scoring.identities.customer_row import CustomerState
from heed_scoring.scores import bulk_repository, score_document, score_events
from heed_scoring.scores.rhythm_breaks import breaks
from heed_scoring.scores.score_document import Cause, Saying


class Telling:
    """What one transaction has to tell: gathered customer by customer, written at its end."""

    def __init__(self, model_version: str) -> None:
        self._model_version = model_version
        self._history: list[tuple[UUID, datetime, str]] = []
        self._written: list[SerializedEvent] = []

    def tell(self, state: CustomerState, score: Score, numbers: str, *, at: datetime, cause: Cause) -> None:
        """From that moment on these numbers are said of the customer, for that reason."""
        before = score_document.read_numbers(state.numbers)
        saying = Saying(score, score.factors(), state.customer_id, at, self._model_version, cause)
        state.tell(numbers)
        self._history.append((state.customer_id, at, score_document.say(saying, numbers, before=before)))
        self._written.append(score_events.score_changed(saying, version=state.version))
        for crossing in crossed_thresholds(before, score):
            self._written.append(score_events.threshold_crossed(saying, crossing, version=state.next_version()))

    def tell_breaks(
        self, states: Sequence[CustomerState], seen: Sequence[Features], *, day: date, now: datetime
    ) -> None:
        """The rhythms of these customers that broke since somebody was last told."""
        self._written += breaks(states, seen, day=day, now=now)

    async def write(self, session: AsyncSession, *, now: datetime) -> None:
        """History rows and outbox rows, in the order in which things were told."""
        await bulk_repository.add_history(session, self._history)
        await outbox.stage_serialized(session, self._written, now=now)
