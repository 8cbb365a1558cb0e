"""Revaluation of locked customers for a new day or a new model.

The daily refresh does it for all customers. An event does it for its own customers first, so that the event is not
named as the cause of what time or the new model changed.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from heed_scoring.engine.features.features import Features
from heed_scoring.engine.model import Model
from heed_scoring.engine.score import score
from heed_scoring.identities.customer_row import LockedCustomer
from heed_scoring.scores import score_document, score_events
from heed_scoring.scores.publication import Publication
from heed_scoring.scores.score_document import TIME_PASSED, Cause

NEW_MODEL = Cause("heed.model.published.v1")
NextTimestamp = Callable[[LockedCustomer], datetime]
"""Returns the moment of the next history row of a customer, after all earlier ones."""


def revalue(
    publication: Publication,
    customers: Sequence[LockedCustomer],
    seen: Sequence[Features],
    *,
    model: Model,
    next_timestamp: NextTimestamp,
) -> None:
    """Score the customers again; only significant changes are published and stored in history."""
    for customer, result in zip(customers, score(seen, model), strict=True):
        customer.score = result
        if score_events.is_significant_change(customer.published_numbers, result):
            cause = TIME_PASSED if customer.model_version == model.version else NEW_MODEL
            numbers = score_document.serialize_numbers(result)
            publication.add_score(customer, result, numbers, at=next_timestamp(customer), cause=cause)
