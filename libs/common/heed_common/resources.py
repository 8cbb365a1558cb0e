"""What one process of a service stands on; made in `__main__` and handed down."""

from dataclasses import dataclass

from heed_common.clock import Clock, SystemClock
from heed_common.database import Database
from heed_common.metrics import Metrics
from heed_common.settings import ServiceSettings
from heed_common.wakeup import Wakeup


@dataclass(frozen=True, slots=True)
class Resources:
    """Opened once for a process; the embedded mode shares one between a service's doors and its worker."""

    database: Database
    clock: Clock
    staged: Wakeup
    """Rung after each commit that left events in the outbox."""
    metrics: Metrics

    @classmethod
    def open(cls, settings: ServiceSettings, *, clock: Clock | None = None) -> "Resources":
        database = Database(settings.database_url, application_name=f"heed-{settings.service}")
        staged = Wakeup(database, "heed_staged")
        database.on_staged(staged.ring)
        return cls(database, clock or SystemClock(), staged, Metrics(settings.service))

    async def close(self) -> None:
        await self.staged.close()
        await self.database.close()
