"""Disk: space for the embedded data, and how much of it the write-ahead log has."""

import shutil

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject

MB, GB = 1_000_000, 1_000_000_000
LITTLE, TOO_LITTLE = 2 * GB, 500 * MB
"""PostgreSQL stops as a whole when the write-ahead log finds no room, not only the write that wanted it."""
WAL = text("SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()")


async def check_disk(subject: Subject) -> list[Finding]:
    """Look at the file system of the embedded data; other servers' disks cannot be seen from here."""
    if subject.directory is None:
        return [ok("disk", "The databases are on other machines: whether they take writes is asked above.")]
    usage = shutil.disk_usage(subject.directory)
    detail = f"{usage.free / GB:.1f} of {usage.total / GB:.1f} GB are free where {subject.directory} is"
    if subject.databases:
        async with next(iter(subject.databases.values())).autocommit() as connection:
            wal = (await connection.execute(WAL)).scalar_one()
        detail += f"; the write-ahead log has {wal / MB:.0f} MB"
    if usage.free < TOO_LITTLE:
        return [problem("disk", f"{detail}.", "Free space now, or move HEED_DATA_DIR while the product is stopped.")]
    if usage.free < LITTLE:
        return [warning("disk", f"{detail}.", "Free space, or move HEED_DATA_DIR while the product is stopped.")]
    return [ok("disk", f"{detail}.")]
