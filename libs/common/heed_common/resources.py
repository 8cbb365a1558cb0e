"""Resources of one process of a service; created in `__main__` and passed down."""

from dataclasses import dataclass, field

from heed_common import cursors
from heed_common.broker.protocols import Bus
from heed_common.clock import Clock, SystemClock
from heed_common.cursors import CursorSigner
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.notifications import Signal
from heed_common.settings import ServiceSettings


@dataclass(slots=True)
class Resources:
    """Opened once per process; in the embedded mode the HTTP API and the worker of a service share them."""

    database: Database
    clock: Clock
    metrics: Metrics
    bus: Bus | None = None
    """The broker, which the caller of `open` sets and closes. An HTTP API may run without it."""
    _signals: dict[str, Signal] = field(default_factory=dict)
    _connected: bool = False
    _signer: CursorSigner | None = None

    @classmethod
    def open(cls, settings: ServiceSettings, *, clock: Clock | None = None) -> "Resources":
        database = Database(
            settings.database_url,
            pool_timeout=settings.database_pool_timeout,
            application_name=f"heed-{settings.service}",
        )
        resources = cls(database, clock or SystemClock(), Metrics(settings.service))
        database.on_events_staged(resources.outbox_signal.notify)
        return resources

    @property
    def outbox_signal(self) -> Signal:
        """Return the signal that is sent after each commit that inserted events into the outbox."""
        return self.signal("heed_staged")

    def signal(self, channel: str) -> Signal:
        """Return the signal of that name: HTTP API and worker of one process get the same one."""
        if channel not in self._signals:
            self._signals[channel] = Signal(self.database, channel)
            if self._connected:
                self._signals[channel].connect()
        return self._signals[channel]

    async def cursor_signer(self) -> CursorSigner:
        """Return the signer of this service's cursors; its key is loaded once per process."""
        if self._signer is None:
            async with self.database.transaction() as session:
                self._signer = await cursors.load_signer(session)
        return self._signer

    def connect(self) -> None:
        """Exchange signals with the other processes of the service, if HTTP API and worker are separate."""
        self._connected = True
        for signal in self._signals.values():
            signal.connect()

    async def close(self) -> None:
        for signal in self._signals.values():
            await signal.close()
        await self.database.close()
