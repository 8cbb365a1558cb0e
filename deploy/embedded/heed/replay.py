"""`heed replay scoring | timeline | survey-frame`: rebuild tables from the topics, with databases and broker in use."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any

from heed import all_in_one
from heed.errors import CommandError
from heed.services import LOG_DATABASE
from heed.settings import Settings
from heed_common.broker.bus import EMBEDDED, open_bus
from heed_common.broker.protocols import Bus
from heed_common.settings import ServiceSettings, read_database_url
from heed_customer.settings import Settings as CustomerSettings
from heed_customer.timeline.replay import command as timeline
from heed_customer.timeline.replay.service import ReplayRefused as TimelineReplayRefused
from heed_scoring.rebuild.command import replay_and_print
from heed_scoring.rebuild.errors import ReplayRefused
from heed_scoring.settings import Settings as ScoringSettings
from heed_survey.customers.frame.replay import command as survey_frame
from heed_survey.customers.frame.replay.service import ReplayRunning as FrameReplayRunning
from heed_survey.settings import Settings as SurveySettings
from heed_survey.worker import GROUP as SURVEY_GROUP

Replay = Callable[[str, Bus], Awaitable[int]]
"""Rebuilds the tables in the database of this URL from the topics of the broker."""


def rebuild_scoring(settings: Settings, *, swap: bool, time_zone: str | None = None) -> int:
    """Return 0 if the tables are identical, or the rebuilt ones are now in use."""

    async def rebuild(url: str, bus: Bus) -> int:
        return await replay_and_print(ScoringSettings.load(database_url=url), bus, swap=swap, time_zone=time_zone)

    return _run(_replay(settings, ScoringSettings, rebuild))


def rebuild_timeline(settings: Settings, *, swap: bool) -> int:
    """Return 0 if the rebuilt timeline is now in use or, without `swap`, identical."""

    async def rebuild(url: str, bus: Bus) -> int:
        return await timeline.replay_and_print(CustomerSettings.load(database_url=url), bus, swap=swap)

    return _run(_replay(settings, CustomerSettings, rebuild))


def fill_survey_frame(settings: Settings, *, dry_run: bool) -> int:
    """Return 0 if the customers that samples are drawn from are complete."""

    async def fill(url: str, bus: Bus) -> int:
        own = SurveySettings.load(database_url=url)
        return await survey_frame.replay_and_print(own, bus, group=SURVEY_GROUP, dry_run=dry_run)

    return _run(_replay(settings, SurveySettings, fill))


def _run(replay: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(replay)
    except (ReplayRefused, TimelineReplayRefused, FrameReplayRunning, ConnectionError) as error:
        raise CommandError(str(error)) from None


async def _replay(settings: Settings, service: type[ServiceSettings], rebuild: Replay) -> int:
    """Rebuild with the database and broker of the environment, or else the embedded ones, running or not."""
    url, log_url = read_database_url(service.service), settings.database_url
    async with AsyncExitStack() as stack:
        if not url or (settings.bus == EMBEDDED and not log_url):
            cluster = await stack.enter_async_context(all_in_one.running_or_temporary_cluster(settings))
            url, log_url = url or cluster.url(service.service), log_url or cluster.url(LOG_DATABASE)
        bus = open_bus(settings, log_url=log_url or None)
        stack.push_async_callback(bus.close)
        return await rebuild(url, bus)
