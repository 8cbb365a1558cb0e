"""Event handlers of the survey service, by feature."""

from collections.abc import Mapping

from heed_common.contracts.event import Event
from heed_common.contracts.survey import InvitationIssued
from heed_common.inbox import Handler
from heed_survey.call_backs import handlers as call_backs
from heed_survey.customers import handlers as customers
from heed_survey.customers.frame import handlers as frame

HANDLERS: Mapping[type[Event], Handler] = {
    **call_backs.HANDLERS,
    **customers.HANDLERS,
    **frame.HANDLERS,
}
MAY_STAGE: Mapping[type[Event], tuple[type[Event], ...]] = dict.fromkeys(call_backs.HANDLERS, (InvitationIssued,))
"""Events that each handled event may cause, at once or later; a test looks for cycles over all services."""
