"""`heed replay scoring`: rebuilds the tables of scoring from the topics, compares them, and swaps them on request."""

import asyncio
import os
from contextlib import AsyncExitStack

from heed import all_in_one
from heed.errors import CommandError
from heed.settings import Settings
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.settings import variable
from heed_scoring.rebuild.command import replay_and_print
from heed_scoring.rebuild.errors import ReplayRefused
from heed_scoring.settings import Settings as ScoringSettings


def rebuild_scoring(settings: Settings, *, swap: bool, time_zone: str | None = None) -> int:
    """Return 0 if the tables are identical, or the rebuilt ones are now in use."""
    try:
        return asyncio.run(_rebuild_scoring(settings, swap=swap, time_zone=time_zone))
    except (ReplayRefused, ConnectionError) as error:
        raise CommandError(str(error)) from None


async def _rebuild_scoring(settings: Settings, *, swap: bool, time_zone: str | None) -> int:
    """Rebuild with the database and broker of the environment, or else the embedded ones, running or not."""
    url, log_url = os.environ.get(variable(ScoringSettings, "database_url")), settings.database_url
    async with AsyncExitStack() as stack:
        if not url or (settings.bus == EMBEDDED and not log_url):
            cluster = await stack.enter_async_context(all_in_one.running_or_temporary_cluster(settings))
            url, log_url = url or cluster.url(ScoringSettings.service), log_url or cluster.url(all_in_one.LOG_DATABASE)
        bus = open_bus(settings, log_url=log_url or None)
        stack.push_async_callback(bus.close)
        scoring = ScoringSettings.load(database_url=url)
        return await replay_and_print(scoring, bus, swap=swap, time_zone=time_zone)
