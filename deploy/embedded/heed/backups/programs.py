"""PostgreSQL's own programs, out of the wheel: they know servers of their own version and of older ones."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from heed.backups.archive import BackupRefused
from heed.place import ENVIRONMENT, wheel_binaries

PASSED_ON = ("HOME", "PGPASSFILE", "PGSSLMODE", "PGSSLROOTCERT")
"""What an operator may have said of how a database is reached."""
DUMP = ("--format=custom", "--no-owner", "--no-privileges", "--exclude-schema=replaced", "--exclude-schema=rebuild")
FILL = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction")
HEAD_LINES = 40
TOO_NEW = b"SET transaction_timeout = 0;\n"
"""The only line of a dump's head that PostgreSQL before 17 does not know."""


def dump(url: str, target: Path) -> None:
    """Write one database, as it is at one moment, into a file."""
    address, password = _parted(url)
    run("pg_dump", *DUMP, "--dbname", address, "--file", target, **password)


def fill(url: str, source: Path, *, folder: Path) -> None:
    """Fill an empty database from such a file, whole or not at all; `folder` is for the script between the two."""
    raw, script = folder / "restore.raw.sql", folder / "restore.sql"
    run("pg_restore", "--no-owner", "--no-privileges", "--file", raw, source)
    with raw.open("rb") as lines, script.open("wb") as written:
        written.writelines(line for place, line in enumerate(lines) if place > HEAD_LINES or line != TOO_NEW)
    address, password = _parted(url)
    run("psql", *FILL, "--dbname", address, "--file", script, **password)


def run(program: str, *arguments: str | Path, **variables: str) -> None:
    """Run a program as ourselves: the server's account need not reach the backup. Raises `BackupRefused`."""
    inherited = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
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


def _parted(url: str) -> tuple[str, dict[str, str]]:
    """The address without its password, which goes by a variable: arguments are for everybody to see."""
    address = make_url(url)
    password = {} if address.password is None else {"PGPASSWORD": address.password}
    return address.set(password=None).render_as_string(hide_password=False), password
