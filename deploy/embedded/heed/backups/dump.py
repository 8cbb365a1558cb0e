"""Backup of one service: its database and its offsets in the topics."""

import asyncio
from datetime import datetime
from pathlib import Path

from heed.backups import archive, location, programs
from heed.backups.location import ServiceLocation
from heed.settings import Settings

DUMP = "database.dump"


def back_up(settings: Settings, name: str, target: Path, *, now: datetime) -> None:
    """Write a backup of the service, whether it is running or not."""
    asyncio.run(_back_up(settings, name, target, now=now))
    print(f"Backed up the {name} service to {target}. It contains all data of the service: protect it.")


async def _back_up(settings: Settings, name: str, target: Path, *, now: datetime) -> None:
    """Read the offsets of the topics, then dump the database.

    In this order the dump contains everything before these offsets: consumed events were processed, and published ones
    were written, before. It may also contain later events: they are deduplicated when they are delivered again.
    """
    with archive.begun(target) as folder:
        async with location.open_location(settings, name, alone=False) as where:
            positions = await where.bus.committed_offsets(where.group, where.topics) if where.group else {}
            ends = await where.bus.end_offsets([where.topic])
            await asyncio.to_thread(programs.dump, where.url, folder / DUMP)
            _close(folder, where, now=now, positions=archive.packed(positions), ends=archive.packed(ends))


def _close(folder: Path, where: ServiceLocation, *, now: datetime, **topics: object) -> None:
    archive.write_manifest(folder, of=where.service.name, created_at=now.isoformat(), **topics)
