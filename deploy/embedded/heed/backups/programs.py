"""PostgreSQL's own programs from the wheel: they support servers of their own and of older versions."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from heed.backups.archive import BackupRefused
from heed.postgres_location import ENVIRONMENT, wheel_binaries

INHERITED_VARIABLES = ("HOME", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT")
"""Variables in which an operator may configure the connection."""
PG_DUMP_OPTIONS = (
    "--format=custom",
    "--no-owner",
    "--no-privileges",
    "--exclude-schema=replaced",
    "--exclude-schema=rebuild",
)
PSQL_OPTIONS = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction")
HEAD_LINES = 40
UNSUPPORTED_LINE = b"SET transaction_timeout = 0;\n"
"""The only line in the header of a dump that PostgreSQL before 17 does not support."""


def dump(url: str, target: Path) -> None:
    """Dump a consistent snapshot of one database into a file."""
    address, password = _split_password(url)
    run("pg_dump", *PG_DUMP_OPTIONS, "--dbname", address, "--file", target, **password)


def restore_dump(url: str, source: Path, *, folder: Path) -> None:
    """Restore a dump into an empty database in one transaction; `folder` is for the temporary script."""
    raw, script = folder / "restore.raw.sql", folder / "restore.sql"
    run("pg_restore", "--no-owner", "--no-privileges", "--file", raw, source)
    with raw.open("rb") as lines, script.open("wb") as written:
        written.writelines(line for index, line in enumerate(lines) if index > HEAD_LINES or line != UNSUPPORTED_LINE)
    address, password = _split_password(url)
    run("psql", *PSQL_OPTIONS, "--dbname", address, "--file", script, **password)


def run(program: str, *arguments: str | Path, **variables: str) -> None:
    """Run a program as the current user: the server's account may not access the backup. Raises `BackupRefused`."""
    inherited = {name: os.environ[name] for name in INHERITED_VARIABLES if name in os.environ}
    done = subprocess.run(  # noqa: S603 - our own binaries
        [wheel_binaries() / program, *arguments],
        env=ENVIRONMENT | inherited | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupRefused(f"PostgreSQL's {program} failed: {done.stderr.strip()}")


def _split_password(url: str) -> tuple[str, dict[str, str]]:
    """Split the password from the URL and return it as a variable: arguments are visible to other users."""
    address = make_url(url)
    password = {} if address.password is None else {"PGPASSWORD": address.password}
    return address.set(password=None).render_as_string(hide_password=False), password
