"""What runs beside the HTTP door of the complaint service: the way out, and time."""

from heed_common.broker import Bus
from heed_common.housekeeping import housekeeping
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_complaint.settings import Settings
from heed_complaint.sla.timers import Timers


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """The relay and the timers; there is no consumer, for the complaint service acts on nobody's events yet."""
    relay = Relay(
        resources.database,
        bus.publisher(),
        staged=resources.staged,
        clock=resources.clock,
        metrics=resources.metrics,
    )
    return Worker([relay, Timers(resources.database, clock=resources.clock), housekeeping(resources)])
