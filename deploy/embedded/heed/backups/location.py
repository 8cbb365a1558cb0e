"""Locations of a service's database and of the topics: from the environment, or else the embedded ones."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from sqlalchemy import make_url

from heed.postgres_server import Cluster
from heed.services import LOG_DATABASE, Service, all_services
from heed.settings import Settings
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.protocols import Bus
from heed_common.contracts.registry import EVENTS
from heed_common.recovery import Recovery
from heed_common.settings import ServiceSettings, read_database_url


@dataclass(frozen=True, slots=True)
class ServiceLocation:
    """One service with its database and topics, for its backup or restore."""

    service: Service
    settings: ServiceSettings
    bus: Bus

    @property
    def url(self) -> str:
        """Return the URL for PostgreSQL's own programs, without the name of a driver."""
        address = make_url(self.settings.database_url).set(drivername="postgresql")
        return address.render_as_string(hide_password=False)

    @property
    def topic(self) -> str:
        """Return its own topic, to which no other service publishes."""
        return next(event.topic for event in EVENTS.values() if event.topic == f"heed.{self.service.name}")

    @property
    def group(self) -> str | None:
        """Return its consumer group, or None if it consumes no topics."""
        return getattr(self._worker, "GROUP", None)

    @property
    def topics(self) -> Sequence[str]:
        return tuple(getattr(self._worker, "TOPICS", ()))

    @property
    def recover(self) -> Recovery:
        recovery: Recovery = import_module(f"{self.service.package}.recovery").recover
        return recovery

    @property
    def _worker(self) -> ModuleType:
        return import_module(f"{self.service.package}.worker")


@asynccontextmanager
async def open_location(settings: Settings, name: str, *, alone: bool) -> AsyncIterator[ServiceLocation]:
    """Yield the location of a service. With `alone`, raises `ClusterError` while the embedded product is running."""
    service = next(service for service in all_services() if service.name == name)
    url, log_url = read_database_url(service.name), settings.database_url
    async with AsyncExitStack() as stack:
        if not url or (settings.bus == EMBEDDED and not log_url):
            cluster = await stack.enter_async_context(_cluster(settings, alone=alone))
            log_url = log_url or cluster.url(LOG_DATABASE)
            own = service.load_settings(cluster.url)
        else:
            own = service.settings.load(database_url=url)
        bus = open_bus(settings, log_url=log_url or None)
        stack.push_async_callback(bus.close)
        yield ServiceLocation(service, own, bus)


@asynccontextmanager
async def _cluster(settings: Settings, *, alone: bool) -> AsyncIterator[Cluster]:
    """Yield the embedded PostgreSQL without migrations: the data may be older than this version."""
    cluster = Cluster(settings.data_dir / "postgres")
    if not alone and await asyncio.to_thread(cluster.attach):
        yield cluster
        return
    await asyncio.to_thread(cluster.start)
    try:
        yield cluster
    finally:
        await asyncio.to_thread(cluster.stop)
