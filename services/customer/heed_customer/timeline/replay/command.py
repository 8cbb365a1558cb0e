"""Command `replay`, for the service alone or for all of Heed in one process."""

import argparse
import asyncio
import sys
from collections.abc import Iterator

from heed_common.broker.bus import open_bus
from heed_common.broker.protocols import Bus
from heed_common.database import Database
from heed_common.progress import Progress
from heed_common.settings import read_database_url
from heed_customer.settings import Settings
from heed_customer.timeline.replay.service import Replayed, ReplayRefused, replay_timeline

HELP = "rebuild the timeline from the topics, and put it in use"
CONNECTIONS = 4


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only compare with the timeline in use")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Return 0 if the rebuilt timeline is in use or, on a dry run, identical; 1 if it differs or the replay failed."""
    try:
        return asyncio.run(_on_own_bus(settings, swap=not options.dry_run))
    except (ReplayRefused, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1


async def replay_and_print(settings: Settings, bus: Bus, *, swap: bool) -> int:
    """Replay, with the report on stdout and the progress on stderr."""
    database = Database(settings.database_url, pool_size=CONNECTIONS, application_name="heed-replay")
    progress = Progress(lambda line: print(line, file=sys.stderr, flush=True))
    try:
        replayed = await replay_timeline(database, bus, swap=swap, progress=progress)
    finally:
        await database.close()
    print("\n".join(_report(replayed, swap=swap, seconds=progress.seconds)))
    return 0 if swap or replayed.identical else 1


async def _on_own_bus(settings: Settings, *, swap: bool) -> int:
    bus = open_bus(settings, log_url=read_database_url("log"))
    try:
        return await replay_and_print(settings, bus, swap=swap)
    finally:
        await bus.close()


def _report(replayed: Replayed, *, swap: bool, seconds: float) -> Iterator[str]:
    differences = replayed.differences
    yield f"{replayed.records:,} records read, {differences.entries:,} entries in the rebuilt timeline"
    if differences.copied:
        yield f"  {differences.copied:,} of them copied: the topics do not have their events (yet, or any more)"
    if replayed.unreadable:
        yield f"  {replayed.unreadable:,} records are not events of Heed and left out"
    if differences.missing:
        yield f"  {differences.missing:,} entries were missing from the timeline in use"
    if differences.changed:
        yield f"  {differences.changed:,} entries in use differed"
    yield f"{'identical' if replayed.identical else 'different'}, after {seconds:.1f} s"
    if swap:
        yield "The rebuilt timeline is in use now."
