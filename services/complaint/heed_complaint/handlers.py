"""Door 2: what the complaint service does when others tell it something, feature by feature."""

from collections.abc import Mapping
from functools import partial

from heed_common.contracts.event import Event
from heed_common.contracts.survey import DetractorFound
from heed_common.inbox import Handler
from heed_complaint.answers import handlers as answers
from heed_complaint.customers import handlers as customers

HANDLERS: Mapping[type[Event], Handler] = {**customers.HANDLERS, **answers.HANDLERS}


def counting_in(currency: str) -> Mapping[type[Event], Handler]:
    """The same in a house that counts in that currency."""
    return {**HANDLERS, DetractorFound: partial(answers.open_for_detractors, currency=currency)}
