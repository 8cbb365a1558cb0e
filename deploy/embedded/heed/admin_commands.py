"""Commands of the owner beside the running product: keys, topics, dead letters, failed work, tail of events."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from heed import all_in_one
from heed.gateway import SERVICES
from heed.settings import Settings
from heed_common import dlq
from heed_common.auth import tokens
from heed_common.broker import topics
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.tail import tail
from heed_common.failed_work import command as failed_work


async def tail_events(settings: Settings, *, types: Sequence[str], follow: bool) -> None:
    """Prints what was published, one JSON document a line; ends quietly when nobody reads on."""
    async with _log_url(settings) as log_url:
        bus = open_bus(settings, log_url=log_url)
        try:
            with suppress(BrokenPipeError):
                async for line in tail(bus, types=types, follow=follow):
                    print(line, flush=True)
        finally:
            await bus.close()


def keys(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `create | rotate | revoke` on the databases of the environment, or else the embedded ones.

    The owner's key is also written to its file.
    """
    return asyncio.run(_with_addresses(settings, partial(tokens.main, file=settings.token_file), arguments))


def manage_topics(settings: Settings, arguments: Sequence[str]) -> int:
    """`apply | check` on the broker that HEED_BUS names."""
    return asyncio.run(_with_addresses(settings, topics.main, arguments))


def manage_dead_letters(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `list | show | retry | drop | resume` on the databases of the environment, or else the embedded ones."""
    return asyncio.run(_with_addresses(settings, dlq.main, arguments))


def manage_failed_work(settings: Settings, arguments: Sequence[str]) -> int:
    """Run `list | retry | drop` on the databases of the environment, or else the embedded ones."""
    return asyncio.run(_with_addresses(settings, failed_work.main, arguments))


async def _with_addresses(settings: Settings, command: "all_in_one.Command", arguments: Sequence[str]) -> int:
    """The commands of the common library find the databases in the environment, as in production."""
    wanted = {f"HEED_{name.upper()}_DATABASE_URL": name for name in (*SERVICES, all_in_one.LOG)}
    if all(os.environ.get(variable) for variable in wanted):
        return await asyncio.to_thread(command, arguments)
    async with all_in_one.borrowed(settings) as cluster:
        added = {variable: cluster.url(name) for variable, name in wanted.items() if variable not in os.environ}
        os.environ.update(added)
        try:
            return await asyncio.to_thread(command, arguments)
        finally:
            for variable in added:
                del os.environ[variable]


@asynccontextmanager
async def _log_url(settings: Settings) -> AsyncIterator[str | None]:
    if settings.bus != EMBEDDED or settings.database_url:
        yield settings.database_url or None
        return
    async with all_in_one.borrowed(settings) as cluster:
        yield cluster.url(all_in_one.LOG)
