"""Background tasks of the customer service: relay, consumer, jobs, messages, webhooks, and housekeeping."""

from heed_common.broker.protocols import Bus
from heed_common.consumer import LINGER_SECONDS, Consumer
from heed_common.contracts.registry import TOPICS
from heed_common.housekeeping import housekeeping
from heed_common.messages import retention as message_retention
from heed_common.messages.senders import create_senders
from heed_common.relay import Relay
from heed_common.resources import Resources
from heed_common.worker import Worker
from heed_customer.commitments.promises.jobs import promise_job
from heed_customer.handlers import process_batch
from heed_customer.imports.processing import retention
from heed_customer.imports.processing.job import ImportJob
from heed_customer.imports.rules import ProcessingSettings
from heed_customer.reach import retention as reach
from heed_customer.reach.permits.facts import ContactPolicy
from heed_customer.reach.permits.in_process import InProcessPermits
from heed_customer.reach.verification.texts import TEMPLATES
from heed_customer.reactions import REACTIONS
from heed_customer.records.customers.jobs import search_refresh
from heed_customer.settings import Settings
from heed_customer.subscriptions import retention as subscriptions
from heed_customer.subscriptions.delivery.jobs import WebhookDelivery

__all__ = ["GROUP", "TOPICS", "create_worker"]

GROUP = "heed-customer"


def create_worker(settings: Settings, resources: Resources, bus: Bus) -> Worker:
    """Return a worker; several may run at the same time."""
    cipher = settings.field_cipher()
    resources.database.reactions, resources.database.cipher = REACTIONS, cipher
    database, clock, metrics = resources.database, resources.clock, resources.metrics
    relay = Relay(
        database,
        bus.publisher(),
        outbox_signal=resources.outbox_signal,
        clock=clock,
        metrics=metrics,
        tracer=resources.tracer,
    )
    consumer = Consumer(
        database,
        # Its own topic too: the timeline is fed by events alone, so that a replay of the topics gives the same one.
        bus.subscriber(group=GROUP, topics=TOPICS, instance_id=settings.instance_id),
        bus.publisher(),
        batch_handler=process_batch,
        group=GROUP,
        clock=clock,
        metrics=metrics,
        linger=LINGER_SECONDS,
        tracer=resources.tracer,
    )
    processing = ProcessingSettings(settings.default_margin, settings.earliest, settings.country, cipher)
    imports = ImportJob(database, clock=clock, metrics=metrics, settings=processing)
    permits = InProcessPermits(database, ContactPolicy.from_settings(settings), cipher, clock)
    senders = create_senders(settings, resources, catalogue=TEMPLATES, permits=permits)
    purges = {
        **retention.purges(days=settings.import_days),
        **reach.purges(),
        **message_retention.purges(settings),
        **subscriptions.purges(days=settings.webhook_attempt_days),
    }
    purge = housekeeping(resources, settings, purges)
    webhooks = WebhookDelivery(resources, bus, settings)
    return Worker(
        [relay, consumer, imports, promise_job(resources), search_refresh(resources), *senders, webhooks, purge],
        metrics=metrics,
    )
