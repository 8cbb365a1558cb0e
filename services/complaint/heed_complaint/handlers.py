"""Door 2: what the complaint service does when others tell it something, feature by feature."""

from collections.abc import Mapping
from functools import partial

from heed_common.contracts.complaint import ComplaintEvent
from heed_common.contracts.event import Event
from heed_common.contracts.registry import EVENTS
from heed_common.contracts.survey import DetractorFound, ResponseReceived
from heed_common.inbox import Handler
from heed_complaint.core.customers import handlers as customers
from heed_complaint.feedback.callback_answers import handlers as answers

HANDLERS: Mapping[type[Event], Handler] = {**customers.HANDLERS, **answers.HANDLERS}
LEADS_TO: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(
    (ResponseReceived, DetractorFound),
    tuple(event for event in EVENTS.values() if issubclass(event, ComplaintEvent)),
)
"""What may be told because of each of them; a test looks for circles in it, over all services. The others are copied.

A tier may move deadlines, and with them breaches; but a breach never moves a tier, so that this is no circle.
"""


def counting_in(currency: str) -> Mapping[type[Event], Handler]:
    """The same in a house that counts in that currency."""
    return {**HANDLERS, DetractorFound: partial(answers.open_for_detractors, currency=currency)}
