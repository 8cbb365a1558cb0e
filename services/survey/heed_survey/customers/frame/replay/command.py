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
from heed_survey.customers.frame.replay.service import Replayed, ReplayRunning, replay_frame
from heed_survey.settings import Settings

HELP = "fill the customers that samples are drawn from, from the topics"
CONNECTIONS = 2


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only count what would change")


def run(settings: Settings, options: argparse.Namespace, *, group: str) -> int:
    """Return 0 if the frame is complete now, 1 if the replay failed. `group` is that of the service's consumer."""
    try:
        return asyncio.run(_on_own_bus(settings, group=group, dry_run=options.dry_run))
    except (ReplayRunning, ConnectionError) as error:
        print(error, file=sys.stderr)
        return 1


async def replay_and_print(settings: Settings, bus: Bus, *, group: str, dry_run: bool) -> int:
    """Replay, with the report on stdout and the progress on stderr."""
    database = Database(settings.database_url, pool_size=CONNECTIONS, application_name="heed-replay")
    progress = Progress(lambda line: print(line, file=sys.stderr, flush=True))
    try:
        replayed = await replay_frame(database, bus, group=group, dry_run=dry_run, progress=progress)
    finally:
        await database.close()
    print("\n".join(_report(replayed, dry_run=dry_run, seconds=progress.seconds)))
    return 0


async def _on_own_bus(settings: Settings, *, group: str, dry_run: bool) -> int:
    bus = open_bus(settings, log_url=read_database_url("log"))
    try:
        return await replay_and_print(settings, bus, group=group, dry_run=dry_run)
    finally:
        await bus.close()


def _report(replayed: Replayed, *, dry_run: bool, seconds: float) -> Iterator[str]:
    written = replayed.written
    yield f"{replayed.records:,} records read, {replayed.customers:,} customers in the topics, after {seconds:.1f} s"
    if replayed.unreadable:
        yield f"  {replayed.unreadable:,} records are not events of Heed and left out"
    if replayed.waiting:
        yield f"  {replayed.waiting:,} purchases are not yet processed by the worker, which will count them"
    if replayed.dead:
        yield f"  {replayed.dead:,} purchases are dead letters and left out"
    yield f"{'would be added' if dry_run else 'added'} {written.added:,}, changed {written.changed:,} customers"
