"""Disk: free space for the embedded data, and the size of the write-ahead log."""

import shutil

from sqlalchemy import text

from heed.doctor.findings import Finding, ok, problem, warning
from heed.doctor.subject import Subject

MB, GB = 1_000_000, 1_000_000_000
LITTLE, TOO_LITTLE = 2 * GB, 500 * MB
"""Without space for the write-ahead log PostgreSQL stops completely, not only the write."""
WAL = text("SELECT coalesce(sum(size), 0) FROM pg_ls_waldir()")


async def check_disk(subject: Subject) -> list[Finding]:
    """Check the file system of the embedded data; the disks of other servers cannot be seen from here."""
    if subject.directory is None:
        return [ok("disk", "The databases are on other machines: writes are checked above.")]
    usage = shutil.disk_usage(subject.directory)
    detail = f"{usage.free / GB:.1f} of {usage.total / GB:.1f} GB are free where {subject.directory} is"
    if subject.databases:
        async with next(iter(subject.databases.values())).autocommit() as connection:
            wal = (await connection.execute(WAL)).scalar_one()
        detail += f"; the write-ahead log takes {wal / MB:.0f} MB"
    if usage.free < TOO_LITTLE:
        return [problem("disk", f"{detail}.", "Free space now, or move HEED_DATA_DIR while the product is stopped.")]
    if usage.free < LITTLE:
        return [warning("disk", f"{detail}.", "Free space, or move HEED_DATA_DIR while the product is stopped.")]
    return [ok("disk", f"{detail}.")]
