"""Door 2: what the complaint service does when others tell it something, feature by feature."""

from collections.abc import Mapping

from heed_common.contracts.event import Event
from heed_common.inbox import Handler
from heed_complaint.customers import handlers as customers

HANDLERS: Mapping[type[Event], Handler] = {**customers.HANDLERS}
