"""Subject of the checks: the databases and the broker of one product, embedded or not."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from heed import all_in_one
from heed.gateway import SERVICES
from heed.services import LOG_DATABASE
from heed.settings import Settings
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.protocols import Bus
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.settings import read_database_url


@dataclass(frozen=True, slots=True)
class Subject:
    """One product, running or not."""

    settings: Settings
    databases: Mapping[str, Database]
    """Databases by service."""
    bus: Bus
    directory: Path | None
    """Folder of the embedded PostgreSQL; None if all databases are elsewhere."""
    is_running: bool
    """Whether the product is running; assumed if its databases are elsewhere."""
    now: datetime


@asynccontextmanager
async def open_subject(settings: Settings) -> AsyncIterator[Subject]:
    """Yield the product of the environment, embedded where nothing else is set, without migrations.

    Raises `ClusterError` if the embedded PostgreSQL does not start.
    """
    urls = _urls()
    log_url = settings.database_url or None
    directory, is_running = None, True
    async with AsyncExitStack() as stack:
        if not is_elsewhere(settings):
            cluster, is_running = await stack.enter_async_context(all_in_one.find_or_start_cluster(settings))
            urls = {service: cluster.url(service) for service in SERVICES} | urls
            log_url = log_url or cluster.url(LOG_DATABASE)
            directory = cluster.location.directory
        databases = {service: Database(urls[service], pool_size=4) for service in SERVICES}
        for database in databases.values():
            stack.push_async_callback(database.close)
        bus = open_bus(settings, log_url=log_url)
        stack.push_async_callback(bus.close)
        yield Subject(settings, databases, bus, directory, is_running, SystemClock().now())


def is_elsewhere(settings: Settings) -> bool:
    """Return whether the environment sets every database, so that none is embedded."""
    return len(_urls()) == len(SERVICES) and (settings.bus != EMBEDDED or bool(settings.database_url))


def has_data(settings: Settings) -> bool:
    """Return whether the embedded product was ever started here; PostgreSQL's own folder may be elsewhere."""
    return settings.token_file.exists() or (settings.data_dir / "postgres").exists()


def _urls() -> dict[str, str]:
    return {service: url for service in SERVICES if (url := read_database_url(service))}
