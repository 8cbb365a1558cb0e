"""The backup of one service: its database, and how far it had come in the topics."""

import asyncio
from datetime import datetime
from pathlib import Path

from heed.backups import archive, place, programs
from heed.backups.place import ServicePlace
from heed.settings import Settings

DUMP = "database.dump"


def back_up(settings: Settings, name: str, target: Path, *, now: datetime) -> None:
    """Write a backup of the service, running or not."""
    asyncio.run(_back_up(settings, name, target, now=now))
    print(f"Backed up the {name} service to {target}. Whoever can read it can read all that the service knows.")


async def _back_up(settings: Settings, name: str, target: Path, *, now: datetime) -> None:
    """What the topics say is read before the database.

    So nothing stands before these positions that is not in the dump: what was read was processed, and what was
    published was written, before. What is behind them may be in it too: it is recognised when it comes again.
    """
    with archive.begun(target) as folder:
        async with place.found(settings, name, alone=False) as where:
            positions = await where.bus.positions(where.group, where.reads) if where.group else {}
            ends = await where.bus.ends([where.topic])
            await asyncio.to_thread(programs.dump, where.url, folder / DUMP)
            _close(folder, where, now=now, positions=archive.packed(positions), ends=archive.packed(ends))


def _close(folder: Path, where: ServicePlace, *, now: datetime, **topics: object) -> None:
    archive.write_manifest(folder, of=where.service.name, created_at=now.isoformat(), **topics)
