"""What runs beside the HTTP door of the survey service: the way out."""

from heed_common.broker import Bus
from heed_common.housekeeping import housekeeping
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_survey.settings import Settings


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """The relay; there is no consumer, for the survey service acts on nobody's events yet."""
    relay = Relay(
        resources.database,
        bus.publisher(),
        staged=resources.staged,
        clock=resources.clock,
        metrics=resources.metrics,
    )
    return Worker([relay, housekeeping(resources)])
