"""Command `replay`, for the service alone or for all of Heed in one process."""

import argparse
import asyncio
import sys

from heed_common.broker.bus import open_bus
from heed_common.broker.protocols import Bus
from heed_common.clock import SystemClock
from heed_common.database import Database
from heed_common.progress import Progress
from heed_common.settings import known_time_zone, read_database_url
from heed_scoring.rebuild import report
from heed_scoring.rebuild.errors import ReplayRefused
from heed_scoring.rebuild.replay import replay
from heed_scoring.settings import Settings

HELP = "rebuild scores from the topics, and compare"
CONNECTIONS = 4


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--swap", action="store_true", help="put the rebuilt tables in use")
    parser.add_argument(
        "--time-zone", type=_time_zone, metavar="ZONE", help="rebuild for days in this IANA time zone; events wait"
    )


def _time_zone(name: str) -> str:
    try:
        return known_time_zone(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Return 0 if both are identical or the rebuilt tables are in use now, 1 if they differ or the replay failed."""
    try:
        return asyncio.run(_on_own_bus(settings, swap=options.swap, time_zone=options.time_zone))
    except (ReplayRefused, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1


async def replay_and_print(settings: Settings, bus: Bus, *, swap: bool, time_zone: str | None) -> int:
    """Replay, with the report on stdout and the progress on stderr."""
    database = Database(settings.database_url, pool_size=CONNECTIONS, application_name="heed-replay")
    progress = Progress(lambda line: print(line, file=sys.stderr, flush=True))
    try:
        replayed = await replay(database, bus, clock=SystemClock(), swap=swap, progress=progress, time_zone=time_zone)
    finally:
        await database.close()
    print(report.text(replayed, seconds=progress.seconds))
    return 0 if replayed.identical or replayed.is_swapped else 1


async def _on_own_bus(settings: Settings, *, swap: bool, time_zone: str | None) -> int:
    bus = open_bus(settings, log_url=read_database_url("log"))
    try:
        return await replay_and_print(settings, bus, swap=swap, time_zone=time_zone)
    finally:
        await bus.close()
