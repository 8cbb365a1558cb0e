"""A new day, or a new model, let into the scores of customers who are locked.

The sweep does it for everybody. An event does it for its own customers first, so that it is not blamed for what time
or the new model moved.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import score
from heed_scoring.identities.customer_row import CustomerState
from heed_scoring.scores import score_document, score_events
from heed_scoring.scores.publication import Telling
from heed_scoring.scores.score_document import TIME, Cause

NEW_MODEL = Cause("heed.model.published.v1")
Moment = Callable[[CustomerState], datetime]
"""From when on something is said of a customer: after all that was said before."""


def carry(
    telling: Telling, states: Sequence[CustomerState], seen: Sequence[Features], *, model: Model, moment: Moment
) -> None:
    """Only what somebody would want to hear of is told and kept as history."""
    for state, result in zip(states, score(seen, model), strict=True):
        state.score = result
        if score_events.differs_enough(state.numbers, result):
            cause = TIME if state.model_version == model.version else NEW_MODEL
            telling.tell(state, result, score_document.numbers(result), at=moment(state), cause=cause)
