"""Event handlers of the complaint service."""

from collections.abc import Mapping
from functools import partial

from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.contracts.survey import DetractorFound, DissatisfactionFound, ResponseReceived
from heed_common.inbox import Handler
from heed_complaint.core.customers import handlers as customers
from heed_complaint.resolution.callback_answers import handlers as answers

HANDLERS: Mapping[type[Event], Handler] = {**customers.HANDLERS, **answers.HANDLERS}
MAY_STAGE: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(
    (ResponseReceived, DetractorFound, DissatisfactionFound),
    tuple(event for event in EVENTS.values() if issubclass(event, ComplaintEvent)),
)
"""Events that may be published because of each event; a test looks for cycles over all services.

All other events are only replicated.

A tier may move deadlines, and with them breaches; but a breach never moves a tier, so that this is no circle.
"""


def with_default_currency(currency: str) -> Mapping[type[Event], Handler]:
    """Return the handlers for an organisation with this default currency."""
    low_answers = partial(answers.open_for_low_answers, currency=currency)
    return {**HANDLERS, DetractorFound: low_answers, DissatisfactionFound: low_answers}
