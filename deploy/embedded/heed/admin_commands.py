"""Admin commands: keys, topics, dead letters, failed work, and the tail of events."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from heed import all_in_one
from heed.gateway import SERVICES
from heed.services import LOG_DATABASE
from heed.settings import Settings
from heed_common import dlq
from heed_common.auth import tokens
from heed_common.broker import topics
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.tail import tail
from heed_common.failed_work import command as failed_work
from heed_common.settings import read_database_url

Addresses = Mapping[str, str]
"""URLs of the databases by name: the services and the log."""


async def tail_events(settings: Settings, *, types: Sequence[str], follow: bool) -> None:
    """Print published events, one JSON document a line. A closed pipe ends it without an error."""
    async with _log_url(settings) as log_url:
        bus = open_bus(settings, log_url=log_url)
        try:
            with suppress(BrokenPipeError):
                async for line in tail(bus, types=types, follow=follow):
                    print(line, flush=True)
        finally:
            await bus.close()


def manage_keys(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `create | rotate | revoke`. The owner's key is also written to its file."""

    def command(addresses: Addresses) -> int:
        return tokens.main(arguments, file=settings.token_file, addresses=_of_services(addresses))

    return asyncio.run(_with_addresses(settings, command))


def manage_topics(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `apply | check` on the broker that HEED_BUS selects."""

    def command(addresses: Addresses) -> int:
        return topics.main(arguments, log_url=addresses[LOG_DATABASE])

    return asyncio.run(_with_addresses(settings, command))


def manage_dead_letters(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `list | show | retry | drop | resume`."""

    def command(addresses: Addresses) -> int:
        return dlq.main(arguments, addresses=_of_services(addresses))

    return asyncio.run(_with_addresses(settings, command))


def manage_failed_work(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `list | retry | drop`."""

    def command(addresses: Addresses) -> int:
        return failed_work.main(arguments, addresses=_of_services(addresses))

    return asyncio.run(_with_addresses(settings, command))


def _of_services(addresses: Addresses) -> Addresses:
    """Leave out the log, which has no keys, dead letters or failed work."""
    return {name: addresses[name] for name in SERVICES}


async def _with_addresses(settings: Settings, command: Callable[[Addresses], int]) -> int:
    """Run the command in a thread, with the databases of the environment and embedded ones for those it lacks."""
    names = (*SERVICES, LOG_DATABASE)
    configured = {name: url for name in names if (url := read_database_url(name))}
    if len(configured) == len(names):
        return await asyncio.to_thread(command, configured)
    async with all_in_one.running_or_temporary_cluster(settings) as cluster:
        embedded = {name: cluster.url(name) for name in names}
        return await asyncio.to_thread(command, embedded | configured)


@asynccontextmanager
async def _log_url(settings: Settings) -> AsyncIterator[str | None]:
    if settings.bus != EMBEDDED or settings.database_url:
        yield settings.database_url or None
        return
    async with all_in_one.running_or_temporary_cluster(settings) as cluster:
        yield cluster.url(LOG_DATABASE)
