"""The senders of a service's worker, one for each transport of its settings."""

from datetime import timedelta

from heed_common.contracts.message import ContactChannel
from heed_common.job_schedule import NET_SECONDS
from heed_common.messages.delivery import Deliveries
from heed_common.messages.delivery_log import HandOverHook
from heed_common.messages.job import LEASE, Sender
from heed_common.messages.late_parts import NO_LATE_PARTS, LateParts
from heed_common.messages.permits import HTTPPermits, Permits
from heed_common.messages.settings import MessageSettings
from heed_common.messages.templates import Catalogue
from heed_common.messages.transports.configured import open_transports
from heed_common.resources import Resources


def create_senders(
    settings: MessageSettings,
    resources: Resources,
    *,
    catalogue: Catalogue,
    permits: Permits | None = None,
    late_parts: LateParts = NO_LATE_PARTS,
    on_hand_over: HandOverHook | None = None,
    lease: timedelta = LEASE,
    net: float = NET_SECONDS,
) -> list[Sender]:
    """Return the senders. Without `permits` the customer service is asked over HTTP."""
    transports = open_transports(settings, clock=resources.clock)
    transportable = frozenset[ContactChannel]().union(*(transport.channels for transport in transports))
    deliveries = Deliveries(
        resources.database,
        permits or HTTPPermits(settings.customer_url, settings.service_token, tracer=resources.tracer),
        catalogue,
        transportable,
        resources.clock,
        resources.metrics,
        late_parts,
        on_hand_over,
    )
    # The first sender also chooses another channel for messages of which no transport has the preferred one.
    unclaimed = frozenset(ContactChannel) - transportable
    return [
        Sender(
            transport,
            deliveries,
            claimed_channels=transport.channels | (frozenset() if position else unclaimed),
            database=resources.database,
            clock=resources.clock,
            metrics=resources.metrics,
            signal=resources.database.committed,
            lease=lease,
            net=net,
            tracer=resources.tracer,
        )
        for position, transport in enumerate(transports)
    ]
