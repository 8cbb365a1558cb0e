"""What runs beside the HTTP door of the customer service: the way out, and the files that came in."""

from heed_common.broker.protocols import Bus
from heed_common.housekeeping import housekeeping
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_customer.imports import retention
from heed_customer.imports.jobs import ImportLoop
from heed_customer.settings import Settings


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """The relay and the imports; there is no consumer, for the customer service acts on nobody's events yet."""
    relay = Relay(
        resources.database,
        bus.publisher(),
        outbox_signal=resources.outbox_signal,
        clock=resources.clock,
        metrics=resources.metrics,
    )
    imports = ImportLoop(
        resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        default_margin=settings.default_margin,
        earliest=settings.earliest,
    )
    keeping = housekeeping(resources, settings, retention.purges(days=settings.import_days))
    return Worker([relay, imports, keeping], metrics=resources.metrics)
