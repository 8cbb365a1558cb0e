"""Resources of one process of a service; created in `__main__` and passed down."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from heed_common import cursors
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock, SystemClock
from heed_common.cursors import CursorSigner
from heed_common.database import POOL_SIZE, Database
from heed_common.metrics import Metrics
from heed_common.notifications import Notifications
from heed_common.settings import ServiceSettings
from heed_common.signals import Signal
from heed_common.tracing.tracer import KAFKA, OWN_LOG, Tracer

if TYPE_CHECKING:
    from heed_common.tracing.export import SpanExport


@dataclass(slots=True)
class Resources:
    """Opened once per process; in the embedded mode the HTTP API and the worker of a service share them."""

    database: Database
    clock: Clock
    metrics: Metrics
    bus: Bus | None = None
    """The broker, which the caller of `open` sets and closes. An HTTP API may run without it."""
    tracer: Tracer | None = None
    """Where spans are exported."""
    notifications: Notifications = field(init=False)
    _signer: CursorSigner | None = None

    def __post_init__(self) -> None:
        self.notifications = Notifications(self.database)

    @classmethod
    def open(
        cls, settings: ServiceSettings, *, clock: Clock | None = None, spans: "SpanExport | None" = None
    ) -> "Resources":
        database = Database(
            settings.database_url,
            pool_timeout=settings.database_pool_timeout,
            application_name=f"heed-{settings.service}",
        )
        resources = cls(database, clock or SystemClock(), Metrics(settings.service))
        resources.metrics.watch_pool(size=POOL_SIZE, in_use=database.connections_in_use)
        resources.trace(spans, bus=settings.bus)
        database.on_events_staged(resources.outbox_signal.notify)
        return resources

    def trace(self, spans: "SpanExport | None", *, bus: str) -> None:
        """Record spans where they are exported; `bus` is the address of the broker."""
        if spans is not None:
            broker = KAFKA if bus.startswith(KAFKA) else OWN_LOG
            self.tracer = spans.tracer(self.metrics, messaging_system=broker)

    @property
    def outbox_signal(self) -> Signal:
        """Return the signal that is sent after each commit that inserted events into the outbox."""
        return self.signal("heed_staged")

    def signal(self, channel: str) -> Signal:
        """Return the signal of that name: HTTP API and worker of one process get the same one."""
        return self.notifications.signal(channel)

    async def cursor_signer(self) -> CursorSigner:
        """Return the signer of this service's cursors; its key is loaded once per process."""
        if self._signer is None:
            async with self.database.transaction() as session:
                self._signer = await cursors.load_signer(session)
        return self._signer

    def connect(self, *, sends: bool = True) -> None:
        """Exchange signals with other processes; with `sends=False` only receive those of commands."""
        self.notifications.connect(sends=sends)

    async def close(self) -> None:
        await self.notifications.close()
        await self.database.close()
