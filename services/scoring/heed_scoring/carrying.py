"""A new day, or a new model, let into the scores of customers who are locked.

The sweep does it for everybody. An event does it for its own customers first, so that it is not blamed for what time
or the new model moved.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from heed_scoring import announcement, said
from heed_scoring.customer_state import CustomerState
from heed_scoring.features.features import Features
from heed_scoring.models.model import Model
from heed_scoring.said import TIME, Cause
from heed_scoring.score import score
from heed_scoring.telling import Telling

NEW_MODEL = Cause("heed.model.published.v1")
Moment = Callable[[CustomerState], datetime]
"""From when on something is said of a customer: after all that was said before."""


def carry(
    telling: Telling, states: Sequence[CustomerState], seen: Sequence[Features], *, model: Model, moment: Moment
) -> None:
    """Only what somebody would want to hear of is told and kept as history."""
    for state, result in zip(states, score(seen, model), strict=True):
        state.score = result
        if announcement.differs_enough(state.numbers, result):
            cause = TIME if state.model_version == model.version else NEW_MODEL
            telling.tell(state, result, said.numbers(result), at=moment(state), cause=cause)
