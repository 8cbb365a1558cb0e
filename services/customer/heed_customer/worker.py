"""Background tasks of the customer service: relay, jobs of imports and promises, and housekeeping."""

from heed_common.broker.protocols import Bus
from heed_common.housekeeping import housekeeping
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_customer.commitments.promises.jobs import promise_job
from heed_customer.imports.processing import retention
from heed_customer.imports.processing.job import ImportJob
from heed_customer.settings import Settings


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """Return the worker. It has no consumer, because the customer service handles no events."""
    relay = Relay(
        resources.database,
        bus.publisher(),
        outbox_signal=resources.outbox_signal,
        clock=resources.clock,
        metrics=resources.metrics,
    )
    imports = ImportJob(
        resources.database,
        clock=resources.clock,
        metrics=resources.metrics,
        default_margin=settings.default_margin,
        earliest=settings.earliest,
    )
    purges = retention.purges(days=settings.import_days)
    return Worker(
        [relay, imports, promise_job(resources), housekeeping(resources, settings, purges)], metrics=resources.metrics
    )
